"""The page as HTML: lines, keys, and beside them what is heard; a few lines of script press, ask and listen."""

import json
from collections.abc import Sequence
from html import escape
from typing import Final

from simulators.pages import BASE_STYLE, document, languages
from simulators.telephone.handset import Line
from simulators.telephone.texts import PAGE

_KEYS: Final = "123456789*0#"

STYLE: Final = (
    BASE_STYLE
    + """
main { max-width: 960px; }
.side { display: grid; grid-template-columns: 300px 1fr; gap: 24px; margin-top: 16px; align-items: start; }
@media (max-width: 720px) { .side { grid-template-columns: 1fr; } }
section { background: #fff; border: 1px solid var(--line); border-radius: 16px; padding: 16px; }
label { display: block; padding: 4px 0; } label small { color: var(--pale); }
.keys { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; margin: 12px 0; }
button { font: inherit; font-size: 18px; padding: 10px; border: 1px solid var(--line); border-radius: 10px;
  background: #fff; cursor: pointer; }
button:active { background: #eff6ff; } #dial { background: #15803d; color: #fff; } #hang-up { background: #b91c1c; color: #fff; }
#heard { margin: 0; padding: 0 0 0 20px; min-height: 320px; } #exchange { color: #b45309; } audio { width: 100%; }
"""
)

SCRIPT: Final = """
const words = JSON.parse(document.getElementById("words").textContent);
const post = (path, what) => fetch(path, {method: "POST", body: new URLSearchParams(what)});
const press = (key) => post("/press", {key});
const show = async () => {
  try {
    const told = await (await fetch("/state?lang=" + words.language)).json();
    document.getElementById("state").textContent = words[told.state];
    document.getElementById("exchange").textContent = told.exchange;
    const list = document.getElementById("heard");
    while (list.children.length > told.heard.length) { list.removeChild(list.lastChild); }
    told.heard.forEach((text, at) => {
      const item = list.children[at] || list.appendChild(document.createElement("li"));
      item.textContent = text;
    });
  } catch (error) { document.getElementById("state").textContent = words.refused; }
  setTimeout(show, 400);
};
document.querySelectorAll(".keys button").forEach((key) => key.addEventListener("click", () => press(key.textContent)));
document.addEventListener("keydown", (event) => { if (/^[0-9*#]$/.test(event.key)) { press(event.key); } });
document.getElementById("dial").addEventListener("click", () => {
  document.querySelector("audio").play().catch(() => {});
  post("/dial", {line: document.querySelector("input[name=line]:checked").value});
});
document.getElementById("hang-up").addEventListener("click", () => post("/hang-up", {}));
show();
"""


def render(language: str, lines: Sequence[Line]) -> str:
    """The whole page."""
    names = ("idle", "dialling", "talking", "refused", "ended")
    words = {name: PAGE.text(name, language) for name in names} | {"language": language}
    links = languages(language, PAGE.text("language", language), lambda code: f"/?lang={code}")
    inside = f"""<main>
<header><h1>{_say("title", language)}</h1>{links}</header>
<p>{_say("note", language)}</p><p id="exchange"></p>
<div class="side"><section><h2>{_say("lines", language)}</h2>{_lines(lines)}
<div class="keys">{"".join(f"<button>{key}</button>" for key in _KEYS)}</div>
<button id="dial">{_say("dial", language)}</button> <button id="hang-up">{_say("hang_up", language)}</button>
<p id="state"></p><h2>{_say("listen", language)}</h2><audio controls preload="none" src="/sound"></audio></section>
<section><h2>{_say("heard", language)}</h2><ol id="heard"></ol></section></div>
<script type="application/json" id="words">{_json(words)}</script><script src="/script.js"></script></main>"""
    return document(PAGE.text("title", language), inside, language)


def _say(name: str, language: str) -> str:
    return escape(PAGE.text(name, language))


def _lines(lines: Sequence[Line]) -> str:
    choices = [
        f'<label><input type="radio" name="line" value="{escape(line.number)}"{" checked" if at == 0 else ""}> {escape(line.number)}'
        f" <small>{escape(line.name)}</small></label>"
        for at, line in enumerate(lines)
    ]
    return "".join(choices)


def _json(words: dict[str, str]) -> str:
    return json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
