"""In which order tasks are given out."""

from ohmgrad.sweep.runner import Line, Task


def test_two_workers_do_not_compile_the_same_loops_while_there_are_others():
    def task(shape):
        return Task([], [], shape)

    tasks = [task("a"), task("a"), [], task("b"), task("a"), task("b")]
    line = Line(iter(tasks))
    assert line.next() is tasks[0] and line.next() is tasks[2]  # failures need no worker
    assert line.next() is tasks[3]  # the second of "a" waits for the first
    line.came(tasks[0])
    assert [line.next() for _ in range(2)] == [tasks[1], tasks[4]]
    assert line.next() is tasks[5]  # "b" may still be compiling, but there is nothing else to do
    assert line.next() is None
