"""Exports the PyTorch models of a folder to ONNX, which `backfill` runs without Python.

    pip install torch open_clip_torch onnx onnxscript
    python3 scripts/export-models.py --models <data-dir>/data/ai_data/models

Reads `ranker_v4.pt` (and `ranker_v3_w10.pt`) and `crop_proposer_v3.pt`, and writes a file of the same name ending in
`.onnx` beside each. The encoder is OpenCLIP's ViT-B-32: by default with the weights named `openai`; say others with
--pretrained. What was embedded with one set of weights must not be read with another, so take those that the ranker was
trained on. Existing `.onnx` files stay unless --force is given. Each result is compared with PyTorch and its sha-256 printed.

A `.pt` file may hold the state dict itself, a checkpoint with one under `model_state_dict`, `state_dict` or `model`, or a
whole module (which is only unpickled with --trust: unpickling runs whatever code the file holds). Names of layers do not
matter; the linear layers are taken in their order and must have the shapes below.

--random makes all three with random weights instead: a trial of this script, good for nothing else.
"""

import argparse
import hashlib
import pathlib
import sys

import torch
from torch import nn

RANKER = [512, 256, 64, 1]
CROPPER = [514, 256, 128, 4]


def main():
    options = arguments()
    folder = options.models
    folder.mkdir(parents=True, exist_ok=True)
    rankers = [name for name in ("ranker_v4", "ranker_v3_w10") if options.random or (folder / f"{name}.pt").exists()]
    if not rankers:
        sys.exit(f"{folder} has neither ranker_v4.pt nor ranker_v3_w10.pt")
    for name in rankers:
        export(options, name, lambda: head(options, name, RANKER, last=None), [512])
    export(options, "crop_proposer_v3", lambda: head(options, "crop_proposer_v3", CROPPER, last=options.last), [514])
    export(options, "clip_vit_b32", lambda: encoder(options), [3, 224, 224])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=pathlib.Path, required=True, help="folder of the .pt files, and for the .onnx files")
    parser.add_argument("--pretrained", default="openai", help="weights of OpenCLIP's ViT-B-32")
    parser.add_argument("--last", choices=["sigmoid", "none"], default="sigmoid", help="what the crop proposer ends with")
    parser.add_argument("--force", action="store_true", help="write .onnx files anew")
    parser.add_argument("--trust", action="store_true", help="unpickle whole modules, which runs code from the file")
    parser.add_argument("--random", action="store_true", help="random weights, to try this script")
    return parser.parse_args()


def head(options, name, widths, last):
    """Linear layers with ReLU between, filled from the file. Dropout does nothing when a model is used."""
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    layers.pop()
    if not options.random:
        fill([layer for layer in layers if isinstance(layer, nn.Linear)], options.models / f"{name}.pt", options.trust)
    if last == "sigmoid":
        layers.append(nn.Sigmoid())
    return nn.Sequential(*layers)


def fill(linear, file, trust):
    values = torch.load(file, map_location="cpu", weights_only=not trust)
    if isinstance(values, nn.Module):
        values = values.state_dict()
    for key in ("model_state_dict", "state_dict", "model"):
        values = values.get(key, values) if isinstance(values, dict) else values
    weights = [value for key, value in values.items() if key.endswith("weight")]
    biases = [value for key, value in values.items() if key.endswith("bias")]
    found = [tuple(weight.shape) for weight in weights]
    wanted = [tuple(layer.weight.shape) for layer in linear]
    if found != wanted or len(biases) != len(linear):
        sys.exit(f"{file} has weights of the shapes {found} and {len(biases)} biases; expected are {wanted}, each with a bias")
    for layer, weight, bias in zip(linear, weights, biases):
        layer.load_state_dict({"weight": weight, "bias": bias})


def encoder(options):
    import open_clip

    pretrained = None if options.random else options.pretrained
    # OpenAI's weights were trained with another approximation of GELU than OpenCLIP's own.
    name = "ViT-B-32-quickgelu" if options.pretrained == "openai" else "ViT-B-32"
    return open_clip.create_model(name, pretrained=pretrained).visual


def export(options, name, make, shape):
    target = options.models / f"{name}.onnx"
    if target.exists() and not options.force:
        print(f"{name}: {target} exists and stays (--force writes it anew)")
        return
    model = make().eval().float()
    example = torch.randn(2, *shape)
    unfinished = target.with_suffix(".unfinished")
    axes = {"input": {0: "batch"}, "output": {0: "batch"}}
    torch.onnx.export(
        model,
        (example,),
        str(unfinished),
        input_names=["input"],
        output_names=["output"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    print(f"{name}: {compared(model, unfinished, shape)}")
    unfinished.rename(target)
    print(f"  {target}\n  sha256 {hashlib.sha256(target.read_bytes()).hexdigest()}")


def compared(model, file, shape):
    """With another batch than the one it was exported with."""
    try:
        import onnxruntime
    except ImportError:
        return "not compared with PyTorch, for want of onnxruntime"
    inputs = torch.randn(3, *shape)
    with torch.no_grad():
        wanted = model(inputs).numpy()
    found = onnxruntime.InferenceSession(str(file)).run(None, {"input": inputs.numpy()})[0]
    difference = float(abs(found - wanted).max())
    if found.shape != wanted.shape or difference > 1e-3:
        sys.exit(f"{file} answers otherwise than PyTorch: {found.shape}, off by {difference}")
    return f"as PyTorch, within {difference:.1e}"


main()
