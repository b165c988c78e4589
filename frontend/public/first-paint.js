// Sets theme, density and language before anything is drawn, so that a dark room sees no white flash.
(function () {
  var root = document.documentElement;
  var read = function (key) {
    try {
      return localStorage.getItem(key);
    } catch (refused) {
      return null;
    }
  };
  var theme = read('ringcard.theme') || 'auto';
  var dark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  root.setAttribute('data-density', read('ringcard.density') || 'compact');
  root.lang = read('ringcard.language') || (navigator.language.slice(0, 2) === 'ru' ? 'ru' : 'en');
})();
