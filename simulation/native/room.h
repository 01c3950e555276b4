/* Room that values have left, kept for the next of their size.
 *
 * Python looks for room, counts it and clears it through four functions for each object. A payment
 * makes and leaves some thousand small values, and the next one nearly always fits where the last
 * one was.
 */
#ifndef LUNAS_ROOM_H
#define LUNAS_ROOM_H

#include <Python.h>
#include <CPy.h>

#define LUNAS_SIZES 64 /* in words: larger ones are left to Python */

/* What the garbage collector knows has a head of its own before it: it fits its like alone. */
extern PyObject *lunas_room[2][LUNAS_SIZES];

/* 0 where Python has more to do for objects of this type than to find room for their attributes. */
static inline size_t lunas_words(PyTypeObject *type)
{
    size_t words = (size_t)type->tp_basicsize / sizeof(PyObject *);
    int plain = type->tp_dictoffset == 0 && type->tp_weaklistoffset == 0 && type->tp_itemsize == 0;
    return plain && words < LUNAS_SIZES ? words : 0;
}

static inline PyObject *lunas_new(PyTypeObject *type)
{
    size_t words = lunas_words(type);
    PyObject **room = &lunas_room[PyType_IS_GC(type) ? 1 : 0][words];
    PyObject *self = *room;
    if (self == NULL) {
        return type->tp_alloc(type, 0);
    }
    void **place = (void **)self;
    *room = place[0];
    for (size_t word = 0; word < words; word++) {
        place[word] = NULL;
    }
    Py_SET_TYPE(self, type);
    Py_SET_REFCNT(self, 1);
    if (PyType_IS_GC(type)) {
        PyObject_GC_Track(self);
    }
    return self;
}

/* It is no longer known to the garbage collector. */
static inline void lunas_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    size_t words = lunas_words(type);
    if (words == 0) {
        type->tp_free(self);
        return;
    }
    PyObject **room = &lunas_room[PyType_IS_GC(type) ? 1 : 0][words];
    *(void **)self = *room;
    *room = self;
}

/* Values lead nowhere far: they need no care about how deep they are freed. (Python 3.13 has no
 * such condition: there they are cared for.) */
#ifdef Py_TRASHCAN_BEGIN_CONDITION
#undef CPy_TRASHCAN_BEGIN
#undef CPy_TRASHCAN_END
#define CPy_TRASHCAN_BEGIN(op, dealloc) \
    Py_TRASHCAN_BEGIN_CONDITION(op, PyType_IS_GC(Py_TYPE(op)))
#define CPy_TRASHCAN_END(op) Py_TRASHCAN_END
#endif

#endif
