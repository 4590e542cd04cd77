import type { Terminal } from '@xterm/xterm'

/** How large a screen of another size is shown in a box: never larger than it is, and never so small that it is unreadable. */
function scaleOf(box: { width: number; height: number }, screen: { width: number; height: number }): number {
  if (screen.width === 0 || screen.height === 0) return 1
  return Math.min(1, box.width / screen.width, box.height / screen.height)
}

/** Shows the terminal of a writer whole, in the box of the observer. @returns the scale */
export function fitWatched(terminal: Terminal, element: HTMLElement, box: HTMLElement): number {
  const screen = terminal.element?.querySelector<HTMLElement>('.xterm-screen')
  if (screen === undefined || screen === null) return 1
  const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(box)
  const pixels = (text: string): number => Number.parseFloat(text) || 0
  const inner = {
    width: box.clientWidth - pixels(paddingLeft) - pixels(paddingRight),
    height: box.clientHeight - pixels(paddingTop) - pixels(paddingBottom),
  }
  const scale = scaleOf(inner, { width: screen.offsetWidth, height: screen.offsetHeight })
  element.style.transform = scale < 1 ? `scale(${scale})` : ''
  element.style.transformOrigin = '0 0'
  element.style.width = scale < 1 ? `${screen.offsetWidth}px` : ''
  element.style.height = scale < 1 ? `${screen.offsetHeight}px` : ''
  return scale
}
