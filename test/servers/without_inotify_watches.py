"""Becomes another program, for which and for whose children the kernel has no inotify watches left.

A filter of the process itself (seccomp) answers inotify_add_watch with ENOSPC, as the kernel does when
fs.inotify.max_user_watches is used up. Unlike that limit it needs no rights and concerns nobody else.

Usage: without_inotify_watches.py PROGRAM [ARGUMENT ...]
"""

import ctypes
import errno
import os
import platform
import struct
import sys

# include/uapi/asm-generic/unistd.h, and arch/x86/entry/syscalls/syscall_64.tbl
INOTIFY_ADD_WATCH = {"x86_64": 254, "aarch64": 27, "riscv64": 27}
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ERRNO = 0x00050000
SECCOMP_RET_ALLOW = 0x7FFF0000
# Of the classic BPF: load a word, compare, return.
BPF_LD_W_ABS = 0x20
BPF_JEQ = 0x15
BPF_RET = 0x06


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def main() -> None:
    number = INOTIFY_ADD_WATCH[platform.machine()]
    instructions = [
        (BPF_LD_W_ABS, 0, 0, 0),  # the number of the system call
        (BPF_JEQ, 0, 1, number),
        (BPF_RET, 0, 0, SECCOMP_RET_ERRNO | errno.ENOSPC),
        (BPF_RET, 0, 0, SECCOMP_RET_ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    memory = ctypes.create_string_buffer(code)
    program = Filter(len(instructions), ctypes.addressof(memory))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    zero = ctypes.c_ulong(0)
    for arguments in (
        # Else only root may filter.
        (PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero),
        (PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(program), zero, zero),
    ):
        if prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    os.execvp(sys.argv[1], sys.argv[1:])


main()
