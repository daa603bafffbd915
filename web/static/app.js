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

  // The form's token already makes a double click one order; this only spares the person the doubt.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    (event.submitter || form.querySelector("button")).classList.add("btn-loading");
  });

  // A page brought back by the back button may be sent again; the server knows whether it was an order.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.querySelectorAll("form[data-once]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll(".btn-loading").forEach((button) => button.classList.remove("btn-loading"));
    });
  });

  // An order being watched says so when the server cannot be reached.
  const offline = (away) => {
    const note = document.getElementById("offline");
    if (note) note.hidden = !away;
  };
  document.addEventListener("htmx:after:request", () => offline(false));
  document.addEventListener("htmx:response:error", () => offline(true));
  document.addEventListener("htmx:error", () => offline(true));
})();
