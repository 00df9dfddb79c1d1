"""Draws the panels of deploy/grafana.json as a page, with values that a Prometheus of its own has scraped.

It stands in for Grafana, which needs an installation of its own: the expressions are evaluated by Prometheus, and only the
drawing differs. Used by tools/take-pictures.
"""
import contextlib
import html
import json
import math
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

DASHBOARD = pathlib.Path(__file__).resolve().parent.parent / "deploy" / "grafana.json"
COLOURS = ["#7eb26d", "#eab839", "#6ed0e0", "#ef843c", "#e24d42", "#1f78c1", "#ba43a9", "#705da0", "#508642", "#cca300"]
NAMES = {"green": "#3f8f4f", "orange": "#c77a1b", "red": "#b8403a"}
RATE_INTERVAL = "20s"
COLUMN, ROW = 56, 26
UNITS = {"s": "s", "bytes": "B", "Bps": "B/s", "reqps": "/s", "ops": "/s", "short": ""}


@contextlib.contextmanager
def prometheus(targets):
    """Runs a Prometheus that scrapes these addresses every second, and yields its URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    data = tempfile.mkdtemp(prefix="tintype-prometheus-")
    config = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}}
    config["scrape_configs"] = [{"job_name": "tintype", "static_configs": [{"targets": targets}]}]
    path = pathlib.Path(data) / "prometheus.yml"
    path.write_text(json.dumps(config))
    command = ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={data}/data", f"--web.listen-address={address}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(data)


def page(url, start, end, rows):
    """Returns the panels of the first rows as HTML, and the size of the page."""
    parts, height, row = [], 0, 0
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        row += panel["type"] == "row"
        if row > rows:
            break
        place = panel["gridPos"]
        top, size = place["y"] * ROW, place["h"] * ROW
        height = max(height, top + size)
        style = f"left:{place['x'] * COLUMN + 4}px;top:{top + 4}px;width:{place['w'] * COLUMN - 8}px;height:{size - 8}px"
        kind = {"row": header, "stat": stat, "timeseries": chart}[panel["type"]]
        width = place["w"] * COLUMN - 8
        parts.append(f'<div class="{panel["type"]}" style="{style}">{kind(panel, url, (start, end), (width, size - 8))}</div>')
    return STYLE + "".join(parts), 24 * COLUMN, height + 8


STYLE = """<!doctype html><meta charset=utf-8><style>
body{margin:0;background:#111217;color:#ccccdc;font:12px 'DejaVu Sans',sans-serif}
div{position:absolute;box-sizing:border-box;overflow:hidden} .timeseries,.stat{background:#181b1f;border:1px solid #2a2d33}
b{display:block;font-weight:600;padding:6px 8px 2px} .row b{font-size:14px;padding:3px 0} span{margin-right:10px}
.legend{left:8px;right:8px;bottom:4px;height:16px;white-space:nowrap;font-size:11px} .big{left:0;right:0;bottom:0;top:26px;
display:flex;align-items:center;justify-content:center;font-size:26px;color:#fff} text{fill:#9fa0a8;font-size:10px}</style>"""


def header(panel, *_):
    return f"<b>{html.escape(panel['title'])}</b>"


def stat(panel, url, span, _):
    result = query(url, panel["targets"][0]["expr"], span)
    values = [value for series in result for _, value in series["values"][-1:] if not math.isnan(value)]
    defaults = panel["fieldConfig"]["defaults"]
    value = values[0] if values else None
    words = {key: option["text"] for mapping in defaults["mappings"] for key, option in mapping["options"].items()}
    text = "none" if value is None else words.get(f"{value:g}", number(value, defaults["unit"]))
    steps = [step for step in defaults["thresholds"]["steps"] if step["value"] is None or (value or 0) >= step["value"]]
    colour = NAMES[steps[-1]["color"]] if value is not None else "#3a3d44"
    return f'<b>{html.escape(panel["title"])}</b><div class="big" style="background:{colour}">{text}</div>'


def chart(panel, url, span, size):
    defaults = panel["fieldConfig"]["defaults"]
    series = []
    for target in panel["targets"]:
        for found in query(url, target["expr"], span):
            label = target["legendFormat"]
            for name, value in found["metric"].items():
                label = label.replace("{{" + name + "}}", value)
            series.append((label, [(at, value) for at, value in found["values"] if not math.isnan(value)]))
    is_stacked = defaults["custom"]["stacking"]["mode"] == "normal"
    return f"<b>{html.escape(panel['title'])}</b>" + drawing(series, span, size, is_stacked, defaults["unit"])


def drawing(series, span, size, is_stacked, unit):
    width, height, left, top, bottom = size[0], size[1], 58, 34, 42
    base, lines, legend = {}, [], []
    for label, values in series:
        stacked = [(at, value + (base.get(at, 0) if is_stacked else 0)) for at, value in values]
        base.update(stacked)
        lines.append(stacked)
    most = max((value for line in lines for _, value in line), default=0) or 1
    x = lambda at: left + (at - span[0]) / (span[1] - span[0]) * (width - left - 12)
    y = lambda value: height - bottom - value / most * (height - bottom - top)
    shapes = []
    for part in range(5):
        value = most * part / 4
        shapes.append(f'<path d="M{left} {y(value):.1f}H{width - 12}" stroke="#2a2d33"/>')
        shapes.append(f'<text x="{left - 6}" y="{y(value) + 3:.1f}" text-anchor="end">{number(value, unit)}</text>')
    for index, ((label, _), line) in reversed(list(enumerate(zip(series, lines)))):
        colour = COLOURS[index % len(COLOURS)]
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in line)
        if is_stacked and line:
            area = f"{x(line[0][0]):.1f},{y(0):.1f} {points} {x(line[-1][0]):.1f},{y(0):.1f}"
            shapes.append(f'<polygon points="{area}" fill="{colour}" fill-opacity=".45"/>')
        shapes.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.4"/>')
        legend.insert(0, f'<span><i style="color:{colour}">&#9644;</i> {html.escape(label)}</span>')
    drawn = f'<svg width="{width}" height="{height}" style="position:absolute;left:0;top:0">{"".join(shapes)}</svg>'
    return drawn + f'<div class="legend">{"".join(legend) or "no data"}</div>'


def number(value, unit):
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit == "s" and 0 < value < 1:
        return f"{value * 1000:.3g} ms"
    for factor, prefix in [(1e9, "G"), (1e6, "M"), (1e3, "k")]:
        if value >= factor and unit != "s":
            return f"{value / factor:.3g} {prefix}{UNITS[unit]}"
    return f"{value:.3g} {UNITS[unit]}".strip()


def query(url, expression, span):
    """Returns the series of an expression, each with its labels and values."""
    arguments = {"query": expression.replace("$__rate_interval", RATE_INTERVAL), "start": span[0], "end": span[1], "step": 1}
    with urllib.request.urlopen(f"{url}/api/v1/query_range?{urllib.parse.urlencode(arguments)}", timeout=30) as response:
        result = json.load(response)["data"]["result"]
    return [
        {"metric": one["metric"], "values": [(float(at), float(value)) for at, value in one["values"]]} for one in result
    ]


def wait_until_scraped(url):
    """Waits until all targets have been scraped."""
    for _ in range(100):
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            now = time.time()
            if query(url, "min(up)", (now - 1, now)) and query(url, "min(up)", (now - 1, now))[0]["values"][-1][1] == 1:
                return
        time.sleep(0.2)
    raise SystemExit("take-pictures: Prometheus does not reach the service")
