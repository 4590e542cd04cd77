/**
 * Why a signal was aborted: its reason. React Native's signals have none and get an `AbortError`.
 */
export function abortReason(signal: AbortSignal | undefined): unknown {
  return signal?.reason ?? Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' })
}

/** What `signal.throwIfAborted()` does, which React Native has not. @throws the signal's reason, see {@link abortReason} */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortReason(signal)
}
