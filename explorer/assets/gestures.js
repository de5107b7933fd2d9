// The browser's history has one entry a gesture. Streamlit makes one whenever the address changes, and one gesture may
// change it several times: to another page, then to what is shown there. What comes without a new gesture replaces.
if (!window.ranpGestures) {
  window.ranpGestures = true;
  let isNew = false;
  for (const kind of ["pointerdown", "keydown", "change"]) {
    window.addEventListener(kind, () => (isNew = true), { capture: true, passive: true });
  }
  const push = history.pushState.bind(history);
  history.pushState = (...entry) => {
    if (isNew) push(...entry);
    else history.replaceState(...entry);
    isNew = false;
  };
}
