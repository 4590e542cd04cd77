/** Lines around a change that are shown. */
const AROUND = 3

/** A file before and after, as one change in the unified form: from the first line that differs to the last. */
export function diffText(path: string, before: string | undefined, after: string): string {
  const [old, fresh] = [linesOf(before ?? ''), linesOf(after)]
  let head = 0
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1
  let tail = 0
  const most = Math.min(old.length, fresh.length) - head
  while (tail < most && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail += 1
  const from = Math.max(0, head - AROUND)
  const end = Math.min(AROUND, tail)
  const count = (lines: readonly string[]): number => lines.length - tail + end - from
  const place = `@@ -${placeOf(from, count(old))} +${placeOf(from, count(fresh))} @@`
  return [
    ...[`--- ${before === undefined ? '/dev/null' : path}`, `+++ ${path}`, place],
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...fresh.slice(head, fresh.length - tail).map((line) => `+${line}`),
    ...old.slice(old.length - tail, old.length - tail + end).map((line) => ` ${line}`),
  ].join('\n')
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** Of no lines it is the one before. */
function placeOf(from: number, count: number): string {
  return `${count === 0 ? from : from + 1},${count}`
}
