//! Names of Python that a pickle of tensors has no reason to say, because they execute something.

/// Modules of which everything is refused, with all below them.
const MODULES: [&str; 40] = [
    "_posixsubprocess",
    "_thread",
    "asyncio",
    "bdb",
    "cProfile",
    "code",
    "codeop",
    "commands",
    "concurrent",
    "ctypes",
    "distutils",
    "ensurepip",
    "faulthandler",
    "http",
    "httplib",
    "importlib",
    "marshal",
    "multiprocessing",
    "nt",
    "os",
    "pdb",
    "pickle",
    "pip",
    "pkgutil",
    "popen2",
    "posix",
    "profile",
    "pty",
    "requests",
    "runpy",
    "shutil",
    "signal",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "timeit",
    "urllib",
    "webbrowser",
];

/// Names of modules that are harmless otherwise.
const NAMES: [(&str, &[&str]); 7] = [
    (
        "builtins",
        &[
            "__import__",
            "apply",
            "breakpoint",
            "compile",
            "delattr",
            "eval",
            "exec",
            "execfile",
            "exit",
            "file",
            "getattr",
            "globals",
            "help",
            "input",
            "locals",
            "map",
            "open",
            "quit",
            "setattr",
            "vars",
        ],
    ),
    ("functools", &["partial", "reduce"]),
    ("io", &["FileIO", "open", "open_code"]),
    ("operator", &["attrgetter", "itemgetter", "methodcaller"]),
    ("torch", &["load", "hub", "compile"]),
    ("types", &["CodeType", "FunctionType", "ModuleType"]),
    ("platform", &["popen", "_syscmd_uname"]),
];

/// Whether calling what has this name may execute something.
pub(super) fn executes(module: &str, name: &str) -> bool {
    let module = if module == "__builtin__" {
        "builtins"
    } else {
        module
    };
    let top = module.split('.').next().unwrap_or(module);
    let first = name.split('.').next().unwrap_or(name);
    MODULES.contains(&top)
        || module.starts_with("torch.hub")
        || module.starts_with("torch.utils.cpp_extension")
        || NAMES
            .iter()
            .any(|(known, names)| *known == module && names.contains(&first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_executes_is_known_by_any_of_its_names() {
        for (module, name) in [
            ("os", "system"),
            ("posix", "system"),
            ("subprocess", "Popen"),
            ("builtins", "eval"),
            ("__builtin__", "exec"),
            ("builtins", "getattr"),
            ("importlib._bootstrap", "x"),
            ("os.path", "join"),
        ] {
            assert!(executes(module, name), "{module}.{name}");
        }
        for (module, name) in [
            ("collections", "OrderedDict"),
            ("torch._utils", "_rebuild_tensor_v2"),
            ("builtins", "set"),
            ("osmium", "Map"),
        ] {
            assert!(!executes(module, name), "{module}.{name}");
        }
    }
}
