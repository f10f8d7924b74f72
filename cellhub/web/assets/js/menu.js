// Menus are native <details>; this adds what a menu is expected to do besides opening.
const openMenus = () => document.querySelectorAll("details.menu[open]");

function closeOthers(target) {
  for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
}

function closeOnEscape(event) {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

function startDrawer() {
  const drawer = document.getElementById("drawer");
  const menu = document.getElementById("menu");
  if (!drawer || !menu) return;
  const home = menu.parentElement;
  document.querySelector("[data-drawer-open]").addEventListener("click", () => {
    drawer.append(menu);
    drawer.showModal();
  });
  drawer.addEventListener("close", () => home.append(menu));
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer || event.target.closest("[data-close]")) drawer.close();
  });
}

export function startMenus() {
  document.addEventListener("click", (event) => closeOthers(event.target));
  document.addEventListener("keydown", closeOnEscape);
  startDrawer();
}
