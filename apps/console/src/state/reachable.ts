const AGAIN_MS = 1_000

/**
 * Resolves as soon as the gateway answers. Code is fetched only then: what a browser could not fetch once it does not fetch
 * again for as long as the page lives.
 */
export async function reachable(): Promise<void> {
  for (;;) {
    try {
      await fetch(location.pathname, { method: 'HEAD', cache: 'no-store' })
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }
}
