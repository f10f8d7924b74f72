// The server reads the `theme` cookie and sets data-bs-theme, so that no page flashes; without the
// cookie the style sheet follows the system.
const YEAR = 365 * 24 * 3600;
const system = matchMedia("(prefers-color-scheme: dark)");

const isDark = () => (document.documentElement.dataset.bsTheme || (system.matches ? "dark" : "light")) === "dark";

function remember(theme) {
  document.documentElement.dataset.bsTheme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

export function startTheme() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    const show = () => button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      remember(isDark() ? "light" : "dark");
      show();
    });
    system.addEventListener("change", show);
    show();
  }
}
