"""Takes without end: what is named by the argument. Says in `words` what stopped it, where it lives to say so."""

import ctypes
import errno
import os
import signal
import sys
import threading
import time

MEBI = 1 << 20
# What is written comes slowly enough that what looks once a second sees it long before the end.
MOST = 800 * MEBI
PIECE = b"x" * MEBI


def say(text):
    with open("/workspace/words", "w") as file:
        file.write(text)


def writes(write):
    """Writes piece after piece; answers the error."""
    for _ in range(MOST // MEBI):
        try:
            write(PIECE)
        except OSError as error:
            return errno.errorcode[error.errno]
        time.sleep(0.01)
    return "no limit"


def threads():
    threading.stack_size(64 << 10)
    end = threading.Event()
    started = 0
    while started < 20000:
        try:
            threading.Thread(target=end.wait, daemon=True).start()
        except RuntimeError:
            break
        started += 1
    try:
        if os.fork() == 0:
            os._exit(0)
        answer = "no limit"
    except OSError as error:
        answer = errno.errorcode[error.errno]
    say(answer)
    os._exit(0)


def forks():
    while True:
        try:
            os.fork()
        except OSError:
            time.sleep(60)


def anonymous():
    held = []
    for _ in range(MOST // MEBI):
        held.append(bytearray(PIECE))
        time.sleep(0.01)
    say("no limit")


def memory_file():
    file = os.memfd_create("held")
    say(writes(lambda piece: os.write(file, piece)))


def memory_files():
    files = []

    def write(piece):
        files.append(os.memfd_create("held"))
        os.write(files[-1], piece)
    say(writes(write))


def system_v():
    library = ctypes.CDLL(None, use_errno=True)
    library.shmat.restype = ctypes.c_void_p
    library.shmdt.argtypes = [ctypes.c_void_p]

    def write(piece):
        number = library.shmget(0, len(piece), 0o1600)
        if number < 0:
            raise OSError(ctypes.get_errno(), "refused")
        at = library.shmat(number, None, 0)
        ctypes.memmove(at, piece, len(piece))
        library.shmdt(at)
    say(writes(write))


def shared():
    file = open("/dev/shm/held", "wb", buffering=0)
    say(writes(file.write))


def temporary():
    file = open("/tmp/held", "wb", buffering=0)
    say(writes(file.write))


def large_file():
    file = open("large", "wb", buffering=0)
    say(writes(file.write))


def small_files():
    for number in range(MOST // 4096):
        with open(f"small-{number}", "wb") as file:
            file.write(PIECE[:4096])
        if number % 64 == 0:
            time.sleep(0.002)
    say("no limit")


def unlinked_file():
    file = open("large", "wb", buffering=0)
    os.unlink("large")
    say(writes(file.write))


def log():
    while True:
        os.write(1, PIECE)


def deaf():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        time.sleep(1)


def stopped():
    if os.fork() == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        os.wait3(os.WUNTRACED)
        time.sleep(60)


def daemon():
    """A process that leaves its session and its parent. The argument is how long it sleeps: a name to find it by."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(3):
                os.close(number)
            for number in (signal.SIGHUP, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            os.execlp("sleep", "sleep", sys.argv[2])
        os._exit(0)
    os.wait()
    time.sleep(0.2)
    say("ended with process 1")


def survivor():
    """A process that does not want to die with who started it."""
    # PR_SET_PDEATHSIG; PR_SET_DUMPABLE
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    os.setsid() if os.getpid() != os.getsid(0) else None
    os.execlp("sleep", "sleep", sys.argv[2])


if __name__ == "__main__":
    globals()[sys.argv[1]]()
