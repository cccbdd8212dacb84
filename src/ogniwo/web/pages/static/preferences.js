// Language and theme: kept in cookies, so that the server renders the first byte in both.

const YEAR_S = 365 * 24 * 3600;
const THEMES = ["auto", "light", "dark"];

function keep(name, value) {
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
}

for (const button of document.querySelectorAll("[data-lang]")) {
  button.addEventListener("click", () => {
    keep("ogniwo_lang", button.dataset.lang);
    location.replace("/" + location.hash);
    if (location.hash) location.reload(); // the address alone did not change
  });
}

export function switchTheme(texts) {
  const button = document.getElementById("theme");
  const tell = () => {
    const name = texts(`page.theme_${document.documentElement.dataset.theme}`);
    button.title = `${texts("page.theme")}: ${name}`;
    button.setAttribute("aria-label", button.title);
  };
  button.addEventListener("click", () => {
    const root = document.documentElement;
    root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    keep("ogniwo_theme", root.dataset.theme);
    tell();
  });
  tell();
}
