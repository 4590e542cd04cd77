import { fits, type Shape } from '@holdfast/contract/shape'
import { LogError } from '@holdfast/log'

/** What a stored text says; `name` is what people call it. @throws LogError `log/damaged` where it does not fit */
export function storedJson<T>(name: string, shape: Shape<T>, text: string): T {
  const value = jsonOf(name, text)
  if (fits(shape, value)) return value
  throw damaged(`${name}${shape(value) ?? ''}`)
}

/** The same where what does not fit is passed over, for another version may have written it. */
export function maybeJson<T>(shape: Shape<T>, text: string): T | undefined {
  try {
    return storedJson('', shape, text)
  } catch {
    return undefined
  }
}

/** @throws LogError `log/damaged` */
export function jsonOf(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(`${name}: expected JSON`, cause)
  }
}

/** `issue`: path, what was expected, the type that came. */
export function damaged(issue: string, cause?: unknown): LogError {
  const message = `expected a session that can be read: ${issue}; remove it, or restore the streams of the store`
  return new LogError('log/damaged', message, { reason: `a record is damaged: ${issue}` }, cause)
}
