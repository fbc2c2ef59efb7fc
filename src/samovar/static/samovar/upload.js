// Files that are too large, alone or together, are refused before they are sent; the server refuses them as well.
const fields = [...document.querySelectorAll("input[type=file][data-most]")];

const size = (all) => all.flatMap((field) => [...field.files]).reduce((sum, file) => sum + file.size, 0);

// Returns the words against the field's files; "" when they may be sent.
function refusal(field) {
  const most = Number(field.dataset.most);
  if (size([field]) > most) return field.dataset.refusal;
  const together = fields.filter((one) => one.form === field.form);
  return field.files.length && size(together) > most ? field.dataset.together : "";
}

function check(field) {
  const id = `${field.id}_limit`;
  const text = refusal(field);
  document.getElementById(id)?.remove();
  if (!text) {
    field.removeAttribute("aria-invalid");
    return true;
  }
  field.setAttribute("aria-invalid", "true");
  const words = document.createElement("p");
  words.id = id;
  words.className = "refusal";
  words.setAttribute("role", "alert");
  words.textContent = text;
  field.after(words);
  return false;
}

for (const field of fields) {
  field.addEventListener("change", () => fields.forEach(check));
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
