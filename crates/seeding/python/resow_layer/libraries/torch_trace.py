"""PyTorch: each step of an optimizer is traced, once it is done."""

import gc
import sys
import weakref

from .. import settings, trace_file

# Of each optimizer: its number among those that have stepped, its steps, and the names of its parameters.
_known = weakref.WeakKeyDictionary()


def install():
    try:
        from torch.optim.optimizer import register_optimizer_step_post_hook
    except ImportError:
        trace_file.fault("this PyTorch has no hooks of all optimizers: call `resow_trace.step`")
        return
    # `torch.compile` leaves alone what is marked so.
    _after_step._torchdynamo_disable = True
    register_optimizer_step_post_hook(_after_step)


def _after_step(optimizer, *_):
    try:
        known = _known.get(optimizer)
        if known is None:
            known = _known[optimizer] = Known(len(_known) + 1)
        known.steps += 1
        if known.steps % settings.TRACE_EVERY == 0:
            trace_file.step(known.steps, list(_state(optimizer, known)))
    except Exception as error:
        trace_file.fault("PyTorch: %s: %s" % (type(error).__name__, error))


class Known:
    """What is known of an optimizer."""

    def __init__(self, number):
        self.prefix = "" if number == 1 else "optimizer %d: " % number
        self.steps = 0
        self._parameters = []
        self._names = []

    def names(self, optimizer):
        """A name of each parameter, group by group."""
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        # They are held by the optimizer as long as they are its own: identity is enough.
        identities = [id(parameter) for parameter in parameters]
        if identities != self._parameters:
            found = _names_in_modules(set(identities))
            places = [
                "group %d, parameter %d" % (number, place)
                for number, group in enumerate(optimizer.param_groups)
                for place in range(len(group["params"]))
            ]
            self._names = _unlike([found.get(one, place) for one, place in zip(identities, places)])
            self._parameters = identities
        return zip(self._names, parameters)


def _names_in_modules(wanted):
    """The shortest name of each parameter in a module that is in no other."""
    Module = sys.modules["torch"].nn.Module
    modules = [one for one in gc.get_objects() if issubclass(type(one), Module)]
    inner = {id(child) for module in modules for child in module._modules.values()}
    found = {}
    for module in modules:
        if id(module) not in inner:
            for name, parameter in module.named_parameters():
                key = id(parameter)
                if key in wanted and (key not in found or (len(name), name) < (len(found[key]), found[key])):
                    found[key] = name
    return found


def _unlike(names):
    """The same names, numbered where several are alike: two modules may call a parameter the same."""
    counts, unlike = {}, []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        unlike.append(name if counts[name] == 1 else "%s (%d)" % (name, counts[name]))
    return unlike


def _state(optimizer, known):
    """Every value to trace: gradients, which come first, then parameters, then what the optimizer remembers."""
    named = [(known.prefix + name, parameter) for name, parameter in known.names(optimizer)]
    if "gradients" in settings.TRACE_STATE:
        for name, parameter in named:
            if parameter.grad is not None:
                yield name + ".grad", parameter.grad
    if "parameters" in settings.TRACE_STATE:
        yield from named
    if "optimizer" in settings.TRACE_STATE:
        for name, parameter in named:
            for what, value in optimizer.state.get(parameter, {}).items():
                yield "%s.%s" % (name, what), value
