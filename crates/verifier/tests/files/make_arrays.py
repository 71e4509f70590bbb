"""Makes the files in `arrays/`, each with the library that people write it with.

Run it with NumPy, safetensors, onnx, Pillow or PyTorch installed: what cannot be imported is left out, so that two
environments can make it all. Nothing in the files depends on the time.
"""

import os
import pathlib
import sys

OUT = pathlib.Path(__file__).parent / "arrays"
OUT.mkdir(exist_ok=True)


def numpy_files():
    import numpy as np

    weights = np.arange(12, dtype=np.float32).reshape(3, 4) / 8
    changed = weights.copy()
    changed[1, 2] = np.nextafter(changed[1, 2], np.float32(9))
    arrays = {
        "weights": weights,
        "changed": changed,
        "fortran": np.asfortranarray(weights),
        "big": weights.astype(">f4"),
        "big_fortran": np.asfortranarray(weights.astype(">f4")),
        "single": np.int64(-7),
        "empty": np.zeros((0, 3), np.float64),
        "half": np.array([0.1, -0.0, np.nan, 65504], np.float16),
        "complex": np.array([1 + 2j, 3 - 4j], np.complex64),
        "truth": np.array([True, False]),
        "words": np.array(["seed", "harvest"]),
        "times": np.array(["2026-01-01"], "datetime64[D]"),
        "records": np.array([(1, 2.5, b"x")], [("a", "i4"), ("b", "f8", (2,)), ("c", "S3")]),
    }
    for name, array in arrays.items():
        np.save(OUT / f"{name}.npy", array)
    with open(OUT / "version2.npy", "wb") as file:
        np.lib.format.write_array(file, weights, version=(2, 0))
    np.save(OUT / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.savez(OUT / "stored.npz", weights=weights, bias=arrays["half"])
    np.savez_compressed(OUT / "packed.npz", bias=arrays["half"], weights=weights)
    np.savez_compressed(OUT / "changed.npz", bias=arrays["half"], weights=changed)


def safetensors_files():
    import numpy as np
    from safetensors.numpy import save_file

    weights = np.arange(12, dtype=np.float32).reshape(3, 4) / 8
    bias = np.array([1, 2, 3], np.int64)
    tensors = {"fc1.weight": weights, "fc1.bias": bias}
    save_file(tensors, OUT / "model.safetensors", {"format": "np"})
    tensors = {"fc2.weight": weights, "fc1.bias": bias}
    save_file(tensors, OUT / "renamed.safetensors", {"format": "np"})


def torch_files():
    import torch

    def parameters(bump):
        weight = (torch.arange(12, dtype=torch.float32) / 8).reshape(3, 4)
        weight[1, 2] += bump
        return weight

    def state(bump):
        weight = parameters(bump)
        return {
            "model": {"fc1.weight": weight, "tied": weight, "fc1.bias": torch.ones(3, dtype=torch.bfloat16)},
            "optimizer": {
                "state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.zeros(3, 4)}},
                "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0, 1]}],
            },
            "views": [weight.t(), weight[:, 1:3]],
            "epoch": 3,
            "loss": 0.25,
        }

    torch.save(state(0), OUT / "one.pt")
    torch.save(state(0), OUT / "another.pt", pickle_protocol=4)
    torch.save(state(0.125), OUT / "changed.pt")
    model = torch.nn.Linear(4, 3)
    with torch.no_grad():
        model.weight.copy_(parameters(0))
        model.bias.zero_()
    torch.save(model, OUT / "module.pt")
    torch.save(model.state_dict(), OUT / "state.pt")
    torch.save(model.state_dict(), OUT / "legacy.pt", _use_new_zipfile_serialization=False)

    class Evil:
        def __reduce__(self):
            return os.system, ("touch executed-by-a-pickle",)

    torch.save({"weight": torch.zeros(2), "evil": Evil()}, OUT / "evil.pt")
    loop = []
    loop.append(loop)
    torch.save({"loop": loop}, OUT / "loop.pt")


def onnx_files():
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def model(weights, raw, version, doc, bump=0.0):
        def tensor(name, array):
            if raw:
                return numpy_helper.from_array(array, name)
            kind = helper.np_dtype_to_tensor_dtype(array.dtype)
            return helper.make_tensor(name, kind, array.shape, array.flatten().tolist())

        def branch(name, value):
            out = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
            inner = tensor("inner", np.array([value], np.float32))
            node = helper.make_node("Identity", ["inner"], [name], name=name)
            return helper.make_graph([node], name, [], [out], [inner])

        nodes = [
            helper.make_node("MatMul", ["x", "weights"], ["y"], name="multiply", doc_string=doc),
            helper.make_node("If", ["flag"], ["z"], then_branch=branch("then", 1.0 + bump), else_branch=branch("else", 2.0)),
            helper.make_node("Constant", [], ["c"], value=tensor("c", np.array([7, -8], np.int64))),
        ]
        graph = helper.make_graph(
            nodes,
            "main",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 4])],
            [tensor("weights", weights), tensor("flag", np.array([True]))],
            doc_string=doc,
        )
        made = helper.make_model(graph, producer_name="resow", producer_version=version, doc_string=doc)
        made.ir_version = 10
        return made

    weights = np.arange(12, dtype=np.float32).reshape(3, 4) / 8
    changed = weights.copy()
    changed[1, 2] += 0.125
    onnx.save(model(weights, True, "1", "one"), OUT / "raw.onnx")
    onnx.save(model(weights, False, "2", "two"), OUT / "typed.onnx")
    onnx.save(model(changed, True, "1", "one"), OUT / "changed.onnx")
    onnx.save(model(weights, True, "1", "one", 0.5), OUT / "branch.onnx")
    onnx.save(
        model(weights, True, "1", "one"), OUT / "external.onnx", save_as_external_data=True, location="external.bin", size_threshold=16
    )
    (OUT / "external.bin").unlink()


def pictures():
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    colors = Image.new("RGB", (5, 4))
    for x in range(5):
        for y in range(4):
            colors.putpixel((x, y), (x * 50, y * 60, 7))
    colors.save(OUT / "colors.png")
    text = PngInfo()
    text.add_text("Software", "something else")
    colors.save(OUT / "text.png", pnginfo=text, compress_level=0)
    colors.quantize(32).save(OUT / "palette.png")
    colors.putpixel((2, 3), (101, 180, 7))
    colors.save(OUT / "changed.png")
    Image.new("I;16", (3, 2), 40000).save(OUT / "deep.png")


for make in (numpy_files, safetensors_files, torch_files, onnx_files, pictures):
    try:
        make()
    except ImportError as error:
        print(f"{make.__name__} left out: {error}", file=sys.stderr)
