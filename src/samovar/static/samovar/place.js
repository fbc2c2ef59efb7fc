// What stands above the log grows and shrinks while a run goes on. It keeps the room that it once had, so that the log stays
// where its reader has it. A width of its own, as after a turn of the screen, begins anew.
export function keepHeight(element) {
  let width = element.offsetWidth;

  function measure() {
    width = element.offsetWidth;
    element.style.minBlockSize = "";
    element.style.minBlockSize = `${element.getBoundingClientRect().height}px`;
  }

  const observer = new ResizeObserver(() => {
    if (element.offsetWidth === width) element.style.minBlockSize = `${element.getBoundingClientRect().height}px`;
    // A change of height within this call would be told as an error.
    else requestAnimationFrame(measure);
  });
  observer.observe(element);
  return () => observer.disconnect();
}
