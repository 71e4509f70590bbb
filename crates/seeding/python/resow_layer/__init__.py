"""The layer that brings this interpreter's libraries under the manifest's seed. Without `RESOW_SEED` it does nothing.

What is imported here is compiled at each start of Python, since the folder is read-only: everything else is imported
with the library that needs it.
"""


def start():
    """Installs what is needed before the program's first line, then leaves the mark that the layer is up."""
    from . import settings

    if settings.SEED is None:
        return
    import sys

    from . import directory_order, events, import_hook, lineage  # noqa: F401

    steps = [("directory order", directory_order.install)]
    if settings.THREADS is not None:
        from . import processors

        steps.append(("processors", processors.install))
    if settings.ENTROPY is None:
        from . import draws

        steps.append(("draws", draws.install))
    for what, install in steps:
        try:
            install()
        except Exception as error:
            events.fault(what, error)
    import_hook.install()
    events.emit("language", name="python", version="%d.%d.%d" % sys.version_info[:3])
