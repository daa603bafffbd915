// What the pages do in the browser beyond htmx. All of it is comfort: every page works without.
(() => {
  "use strict";

  // 13800138000 is read as 138 0013 8000. The caret stays where the person is typing.
  const group = (text) => {
    const digits = text.replace(/[０-９]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
    if (!/^[\d ]*$/.test(digits)) return text;
    const plain = digits.replace(/ /g, "");
    const head = plain.startsWith("1") ? 3 : 4;
    return [plain.slice(0, head), plain.slice(head, head + 4), plain.slice(head + 4)].filter(Boolean).join(" ");
  };

  const regroup = (field) => {
    const grouped = group(field.value);
    if (grouped === field.value) return;
    const digitsBefore = field.value.slice(0, field.selectionStart).replace(/ /g, "").length;
    field.value = grouped;
    let caret = 0;
    for (let seen = 0; caret < grouped.length && seen < digitsBefore; caret += 1) {
      if (grouped[caret] !== " ") seen += 1;
    }
    field.setSelectionRange(caret, caret);
  };

  // Whoever types another amount means it.
  const chooseOther = (field) => {
    const other = document.getElementById("other");
    if (other && field.value) other.checked = true;
  };

  document.addEventListener("input", (event) => {
    if (event.target.id === "number") regroup(event.target);
    if (event.target.id === "other_amount") chooseOther(event.target);
  }, true);

  // What could not be shown or done is said above the page; what is on the page stays.
  const note = document.getElementById("note");
  const cannotReach = note ? note.textContent : "";
  const say = (text) => {
    if (!note) return;
    note.textContent = text;
    note.hidden = !text;
  };
  const reasonIn = (page) => {
    const found = new DOMParser().parseFromString(page || "", "text/html").querySelector("[data-reason]");
    return found ? found.textContent.trim() : cannotReach;
  };
  document.addEventListener("htmx:after:request", () => say(""));
  document.addEventListener("htmx:response:error", (event) => {
    const answer = event.detail.ctx;
    if (answer.hx.reswap === "none") say(reasonIn(answer.text));
  });
  document.addEventListener("htmx:error", () => say(cannotReach));
})();
