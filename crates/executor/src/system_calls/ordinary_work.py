"""What experiments do every day, in a sandbox."""

import mmap
import multiprocessing
import os
import select
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def square(number):
    return number * number


def threads():
    total = []
    lock = threading.Lock()

    def add(number):
        with lock:
            total.append(number)

    workers = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(total) == list(range(20))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(square, range(5))) == [0, 1, 4, 9, 16]


def processes():
    assert subprocess.run(["echo", "child"], capture_output=True, check=True).stdout == b"child\n"
    context = multiprocessing.get_context("fork")
    semaphore = context.Semaphore(0)
    queue = context.Queue()

    def work():
        queue.put(os.getpid())
        semaphore.release()

    child = context.Process(target=work)
    child.start()
    semaphore.acquire()
    assert queue.get() == child.pid
    child.join()
    assert child.exitcode == 0
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(square, range(5))) == [0, 1, 4, 9, 16]


def database():
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(os.path.join(folder, "database"))
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE numbers (number INTEGER)")
        connection.executemany("INSERT INTO numbers VALUES (?)", [(number,) for number in range(100)])
        connection.commit()
        assert connection.execute("SELECT SUM(number) FROM numbers").fetchone() == (4950,)
        connection.close()


def memory_and_sockets():
    with tempfile.TemporaryFile() as file:
        file.truncate(1 << 16)
        with mmap.mmap(file.fileno(), 1 << 16) as mapped:
            mapped[0:4] = b"abcd"
            mapped.flush()
    left, right = socket.socketpair()
    left.send(b"x")
    assert select.select([right], [], [], 10)[0] == [right]
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    server.accept()[0].sendall(b"hello")
    assert client.recv(5) == b"hello"


def signals():
    seen = []
    signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    assert signal.sigwait({signal.SIGALRM}) == signal.SIGALRM
    assert seen == [signal.SIGUSR1]


threads()
processes()
database()
memory_and_sockets()
signals()
print("done")
