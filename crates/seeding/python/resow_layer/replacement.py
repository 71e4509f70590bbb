"""What stands in for a built-in function."""


class Replacement:
    """Callable as the built-in function is and, like it, no method where a class has it as an attribute."""

    def __init__(self, original, module, call):
        self.__wrapped__ = original
        self.__name__ = self.__qualname__ = original.__name__
        self.__module__ = module
        self.__doc__ = original.__doc__
        self.__text_signature__ = getattr(original, "__text_signature__", None)
        self._call = call

    def __call__(self, *arguments, **named):
        return self._call(*arguments, **named)

    def __repr__(self):
        return repr(self.__wrapped__)

    def __reduce__(self):
        return self.__qualname__
