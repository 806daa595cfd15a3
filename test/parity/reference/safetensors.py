"""A reader and a writer of safetensors files: 8 bytes of header length (little endian), a JSON header, then the bytes of all
tensors. Nothing in such a file is ever executed. https://github.com/huggingface/safetensors#format"""

import json
from pathlib import Path
from typing import Dict, Tuple

import numpy as np
import torch

DTYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "I32": np.int32,
    "U8": np.uint8,
    "BOOL": np.bool_,
}


def read_safetensors(file: str) -> Tuple[Dict[str, torch.Tensor], Dict[str, str]]:
    """Every tensor of a file by name, in the shape and dtype that it has there, and the file's metadata.

    Raises ValueError for a file that is cut short or holds a dtype that this reader does not know.
    """
    data = Path(file).read_bytes()
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 + length:
        raise ValueError(f"{file} ends inside its header.")
    header = json.loads(data[8 : 8 + length])
    body = memoryview(data)[8 + length :]
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] not in DTYPES:
            raise ValueError(f'{file}: "{name}" has the dtype {entry["dtype"]}, which this reader does not know.')
        begin, end = entry["data_offsets"]
        if end > len(body):
            raise ValueError(f'{file} ends inside "{name}".')
        values = np.frombuffer(body[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors, metadata


def write_safetensors(file: str, tensors: Dict[str, torch.Tensor]) -> None:
    """Writes tensors by name as float32, in the order given."""
    header, parts, end = {}, [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().to(torch.float32).contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [end, end + len(data)]}
        parts.append(data)
        end += len(data)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)  # so that the data begin at a multiple of 8
    Path(file).write_bytes(b"".join([len(head).to_bytes(8, "little"), head, *parts]))


def load_weights(module: torch.nn.Module, tensors: Dict[str, torch.Tensor], where: str) -> None:
    """Sets all parameters and buffers of a module. `num_batches_tracked`, which serves only a cumulative average, may
    be missing. Raises ValueError for any other difference of names."""
    problems = module.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=False)
    missing = [name for name in problems.missing_keys if not name.endswith("num_batches_tracked")]
    if missing or problems.unexpected_keys:
        raise ValueError(f"{where} lacks {missing} and has {problems.unexpected_keys} too many.")
