/** What a function for credentials learns of a refusal, in the words of the engine and of a shell. */
interface Asked {
  readonly reason?: string | undefined
  readonly refused?: boolean | undefined
}

/**
 * Makes one credentials function serve several clients: calls with the same key share one running call. A refusal waits
 * for the running call, then calls again, so that a token that can be used once is used once. `keyOf` makes the key; by
 * default it is made of the string arguments, such as the ids of a shell.
 */
export function shareCredentials<Arguments extends unknown[], T>(
  call: (...asked: Arguments) => T | Promise<T>,
  keyOf: (...asked: Arguments) => string = textsOf,
): (...asked: Arguments) => Promise<T> {
  const flying = new Map<string, Promise<T>>()
  const begin = async (key: string, asked: Arguments): Promise<T> => {
    try {
      return await call(...asked)
    } finally {
      flying.delete(key)
    }
  }
  return async (...asked) => {
    const key = keyOf(...asked)
    const known = flying.get(key)
    if (known !== undefined) {
      if (!isRefused(asked)) return known
      await known.catch(() => {})
    }
    // Others may have waited for the same, and one of them has asked.
    const next = flying.get(key) ?? begin(key, asked)
    flying.set(key, next)
    return next
  }
}

function textsOf(...asked: readonly unknown[]): string {
  return JSON.stringify(asked.filter((one) => typeof one === 'string'))
}

function isRefused(asked: readonly unknown[]): boolean {
  return asked.some((one) => {
    if (typeof one !== 'object' || one === null) return false
    const { reason, refused }: Asked = one
    return reason === 'refused' || refused === true
  })
}
