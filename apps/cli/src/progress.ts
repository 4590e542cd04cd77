/** How far something is, on one line of a terminal. Elsewhere nothing. */
export interface Progress {
  print(text: string): void
  share(doing: string, done: number, total: number): void
  /** Takes the line away. Idempotent. */
  end(): void
}

/** Progress on a stream. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  const isShown = stream.isTTY === true
  let shown = ''
  const print = (text: string): void => {
    if (!isShown || text === shown) return
    shown = text
    stream.write(`\r\u001B[K${text} …`)
  }
  return {
    print,
    share: (doing, done, total) => print(`${doing}: ${total > 0 ? Math.floor((done / total) * 100) : 100} %`),
    end: () => {
      if (shown !== '') stream.write('\r\u001B[K')
      shown = ''
    },
  }
}
