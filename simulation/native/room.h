/* Room that values have left, kept for the next of their size.
 *
 * Python looks for room, counts it and clears it through four functions for each object. A payment
 * makes and leaves some thousand small values, and the next one nearly always fits where the last
 * one was. What the garbage collector knows is left to Python.
 */
#ifndef LUNAS_ROOM_H
#define LUNAS_ROOM_H

#include <Python.h>
#include <CPy.h>

#define LUNAS_SIZES 64 /* in words: larger ones are left to Python */

extern PyObject *lunas_room[LUNAS_SIZES];

static inline size_t lunas_words(PyTypeObject *type)
{
    size_t words = (size_t)type->tp_basicsize / sizeof(PyObject *);
    return PyType_IS_GC(type) || words >= LUNAS_SIZES ? 0 : words;
}

static inline PyObject *lunas_new(PyTypeObject *type)
{
    size_t words = lunas_words(type);
    PyObject *self = lunas_room[words];
    if (self == NULL) {
        return type->tp_alloc(type, 0);
    }
    void **place = (void **)self;
    lunas_room[words] = place[0];
    for (size_t word = 0; word < words; word++) {
        place[word] = NULL;
    }
    Py_SET_TYPE(self, type);
    Py_SET_REFCNT(self, 1);
    return self;
}

static inline void lunas_free(PyObject *self)
{
    size_t words = lunas_words(Py_TYPE(self));
    if (words == 0) {
        Py_TYPE(self)->tp_free(self);
        return;
    }
    *(void **)self = lunas_room[words];
    lunas_room[words] = self;
}

/* Values lead nowhere far: they need no care about how deep they are freed. */
#undef CPy_TRASHCAN_BEGIN
#undef CPy_TRASHCAN_END
#define CPy_TRASHCAN_BEGIN(op, dealloc) \
    Py_TRASHCAN_BEGIN_CONDITION(op, PyType_IS_GC(Py_TYPE(op)))
#define CPy_TRASHCAN_END(op) Py_TRASHCAN_END

#endif
