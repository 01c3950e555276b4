/* Moments and spans are compared as the numbers that they are.
 *
 * mypyc has every comparison made by Python, which looks for whose it is and calls it back.
 */
#ifndef LUNAS_COMPARE_H
#define LUNAS_COMPARE_H

typedef simulation___native___times___datetimeObject lunas_moment;
typedef simulation___native___times___timedeltaObject lunas_span;

static inline PyObject *lunas_told(int64_t one, int64_t other, int how)
{
    int is = how == Py_LT   ? one < other
             : how == Py_LE ? one <= other
             : how == Py_EQ ? one == other
             : how == Py_NE ? one != other
             : how == Py_GT ? one > other
                            : one >= other;
    PyObject *told = is ? Py_True : Py_False;
    Py_INCREF(told);
    return told;
}

static inline PyObject *lunas_compare(PyObject *one, PyObject *other, int how)
{
    if (Py_TYPE(one) == Py_TYPE(other)) {
        if (Py_TYPE(one) == CPyType_times___datetime) {
            return lunas_told(((lunas_moment *)one)->_us, ((lunas_moment *)other)->_us, how);
        }
        if (Py_TYPE(one) == CPyType_times___timedelta) {
            return lunas_told(((lunas_span *)one)->_us, ((lunas_span *)other)->_us, how);
        }
    }
    return PyObject_RichCompare(one, other, how);
}

#endif
