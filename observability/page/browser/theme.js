/** Runs before anything is drawn, so that no page flashes in the other theme: as the system is, unless it was chosen. */
(() => {
  const key = 'stormproof-theme';
  const themes = ['system', 'light', 'dark'];
  const root = document.documentElement;

  function chosen() {
    try {
      return localStorage.getItem(key) ?? 'system';
    } catch {
      // A browser that keeps nothing has no choice to remember.
      return 'system';
    }
  }

  /** @param {string} theme */
  function apply(theme) {
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    else delete root.dataset.theme;
  }

  let theme = chosen();
  apply(theme);
  addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    if (button === null) return;
    const name = () => {
      button.textContent = `Theme: ${theme}`;
    };
    button.hidden = false;
    name();
    button.addEventListener('click', () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
      apply(theme);
      name();
      try {
        localStorage.setItem(key, theme);
      } catch {
        // As above: it holds until the page is left.
      }
      // Canvases do not follow style sheets by themselves.
      document.dispatchEvent(new Event('themechange'));
    });
  });
})();
