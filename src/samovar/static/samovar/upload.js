// A file that is too large is refused before it is sent; the server refuses it as well.
const fields = [...document.querySelectorAll("input[type=file][data-most]")];

function check(field) {
  const size = [...field.files].reduce((sum, file) => sum + file.size, 0);
  const tooLarge = size > Number(field.dataset.most);
  const id = `${field.id}_limit`;
  document.getElementById(id)?.remove();
  field.toggleAttribute("aria-invalid", tooLarge);
  if (!tooLarge) return true;
  field.setAttribute("aria-invalid", "true");
  const words = document.createElement("p");
  words.id = id;
  words.className = "refusal";
  words.setAttribute("role", "alert");
  words.textContent = field.dataset.refusal;
  field.after(words);
  return false;
}

for (const field of fields) {
  field.addEventListener("change", () => check(field));
  field.form.addEventListener(
    "submit",
    (event) => {
      if (check(field)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      field.focus();
    },
    { capture: true },
  );
}
