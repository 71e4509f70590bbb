"""Writes the files beside it: each twice, as two runs that agree write them.

Needs numpy, pandas, PyYAML and nbformat.
"""

import csv
import json
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import yaml
from nbformat import v4

HERE = Path(__file__).parent

METRICS = {
    "epochs": [
        {"loss": 0.6931471805599453, "accuracy": 0.5},
        {"loss": 0.1 + 0.2, "accuracy": 1.0},
    ],
    "best": {"epoch": 1, "val.loss": 1e-05},
    "diverged": float("nan"),
    "bound": float("-inf"),
    "seed": 2**70,
    "label": "größer\n",
    "note": None,
    "done": True,
}


def write_json():
    (HERE / "metrics.first.json").write_text(json.dumps(METRICS, indent=2))
    again = json.dumps(METRICS, sort_keys=True, ensure_ascii=False)
    (HERE / "metrics.again.json").write_text(again)


def write_yaml():
    (HERE / "config.first.yaml").write_text(yaml.dump(METRICS))
    again = yaml.dump(METRICS, sort_keys=False, default_flow_style=True, allow_unicode=True)
    (HERE / "config.again.yaml").write_text(again)


def write_csv():
    frame = pd.DataFrame(
        {
            "epoch": [1, 2, 3],
            "loss": [0.6931471805599453, 0.1 + 0.2, np.nan],
            "bound": [np.inf, -np.inf, -0.0],
            "label": ["a,b", 'c"d', "größer"],
        }
    )
    frame.to_csv(HERE / "history.first.csv", index=False, na_rep="nan")
    frame.to_csv(
        HERE / "history.again.csv",
        index=False,
        na_rep="NaN",
        quoting=csv.QUOTE_ALL,
        lineterminator="\r\n",
    )


def write_array():
    array = np.array([[1, np.nan], [np.inf, -0.0]])
    names = {"delimiter": ",", "header": "x,y", "comments": ""}
    np.savetxt(HERE / "array.first.csv", array, **names)
    np.savetxt(HERE / "array.again.csv", array, fmt="%.17g", **names)


def notebook(run):
    cell = v4.new_code_cell("import math\nprint(math.pi)\nmath.e", id=f"cell{run}")
    cell.execution_count = run
    cell.metadata["execution"] = {"iopub.execute_input": f"2024-01-0{run}T00:00:00Z"}
    cell.metadata["ExecuteTime"] = {"start_time": f"2024-01-0{run}T00:00:00"}
    pieces = ["3.14", "1592653589793\n"] if run == 1 else ["3.141592653589793\n"]
    cell.outputs = [v4.new_output("stream", name="stdout", text=text) for text in pieces]
    data = {"text/plain": "2.718281828459045"}
    cell.outputs.append(v4.new_output("execute_result", data=data, execution_count=run))
    markdown = v4.new_markdown_cell("# Results\n\nTwo constants.", id=f"text{run}")
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {f"model{run}": {}}}}
    return v4.new_notebook(cells=[markdown, cell], metadata={"widgets": widgets})


def write_notebook():
    nbformat.write(notebook(1), HERE / "analysis.first.ipynb")
    (HERE / "analysis.again.ipynb").write_text(json.dumps(notebook(2)))


if __name__ == "__main__":
    write_json()
    write_yaml()
    write_csv()
    write_array()
    write_notebook()
