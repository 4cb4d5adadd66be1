/** npm passes a signal to its shell, which dies without telling: so without its shell, a program is done too. */
export const stopWithParent = (stop: () => void): void => {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    stop()
  }, 200)
  watch.unref()
}
