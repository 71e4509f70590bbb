"""What is tried: each attempt in a process of its own, its answer in words that do not change from run to run."""

import ctypes
import errno
import json
import os
import signal
import socket
import time

PATIENCE = 10
ATTEMPTS = []


class Stopped(Exception):
    """What stopped an attempt, in words."""


def attempt(what):
    """Declares an attempt. It is given the facts of the host that the test knows; it raises where something stops it,
    and returns where it reached what it must not: with words that say what."""
    def declare(function):
        ATTEMPTS.append((what, function))
        return function
    return declare


def refused(actions):
    """Tries each of these, and says what stopped them; one that succeeds is named."""
    answers = []
    for name, action in actions:
        try:
            action()
        except (OSError, Stopped) as error:
            words = in_words(error)
            if words not in answers:
                answers.append(words)
        else:
            return f"{name} succeeded"
    raise Stopped(", ".join(sorted(answers)))


def none_of(names, what_else):
    """Stopped unless there are such names."""
    names = sorted(names)
    if names:
        return "found " + ", ".join(names)
    raise Stopped(what_else)


def in_words(error):
    """An error by the name that the kernel's manual gives it."""
    if isinstance(error, Stopped):
        return str(error)
    if isinstance(error, socket.gaierror):
        names = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
        return names.get(error.errno, str(error.errno))
    if isinstance(error, TimeoutError) and error.errno is None:
        return "no answer"
    return errno.errorcode.get(error.errno, str(error.errno))


def run_all(facts):
    """Makes the attempts one after another, and prints an object for each."""
    for what, function in ATTEMPTS:
        held, words = in_own_process(function, facts)
        print(json.dumps({"what": what, "held": held, "words": words}), flush=True)


def in_own_process(function, facts):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.write(writer, json.dumps(answer(function, facts)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        status = wait(child)
        text = answers.read(65536) if status is not None else b""
    if status is None:
        return True, "no answer"
    if os.WIFSIGNALED(status):
        return True, "killed: " + signal.Signals(os.WTERMSIG(status)).name
    held, words = json.loads(text)
    return held, words


def answer(function, facts):
    try:
        reached = function(facts)
    except (OSError, Stopped) as error:
        return True, in_words(error)
    except Exception as error:  # The attempt itself is wrong: that stops nothing.
        return False, f"the attempt failed: {type(error).__name__}: {error}"
    return False, reached or "succeeded"


def wait(child):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def buffer(size):
    """Zeros to point at."""
    return ctypes.create_string_buffer(size)
