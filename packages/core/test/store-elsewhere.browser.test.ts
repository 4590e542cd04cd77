import { createRoot as createSolidRoot, from } from 'solid-js'
import { readable } from 'svelte/store'
import { expect, it } from 'vitest'
import { effectScope, onScopeDispose, type ShallowRef, shallowRef } from 'vue'
import type { StatusSource, Store } from '../src/client/store.ts'
import { statusStore } from '../src/client/store.ts'

/** A connection in as far as a store sees it. */
function source() {
  const listeners = new Set<() => unknown>()
  let status: StatusSource['status'] = { state: 'idle' }
  const connection: StatusSource = {
    get status() {
      return status
    },
    on: (_name, listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const dials = (attempt: number): void => {
    status = { state: 'preparing', attempt }
    for (const listener of [...listeners]) listener()
  }
  return { store: statusStore(connection), dials, listening: () => listeners.size }
}

// The three of the README.
const svelteStateOf = <T>(store: Store<T>) =>
  readable(store.getSnapshot(), (set) => store.subscribe(() => set(store.getSnapshot())))

function useVueStore<T>(store: Store<T>): ShallowRef<T> {
  const state = shallowRef(store.getSnapshot())
  onScopeDispose(
    store.subscribe(() => {
      state.value = store.getSnapshot()
    }),
  )
  return state
}

const solidStateOf = <T>(store: Store<T>) =>
  from<T>((set) => {
    set(() => store.getSnapshot())
    return store.subscribe(() => set(() => store.getSnapshot()))
  })

it('Svelte shows each state, and leaves the connection when unsubscribed', () => {
  const { store, dials, listening } = source()
  const shown: string[] = []
  const off = svelteStateOf(store).subscribe(({ status }) => void shown.push(status.state))
  dials(1)
  expect(shown).toEqual(['idle', 'preparing'])
  off()
  expect(listening()).toBe(0)
})

it('Vue shows each state, and leaves the connection with the component', () => {
  const { store, dials, listening } = source()
  const scope = effectScope()
  const state = scope.run(() => useVueStore(store))
  dials(1)
  expect(state?.value.status.state).toBe('preparing')
  scope.stop()
  expect(listening()).toBe(0)
})

it('Solid shows each state, and leaves the connection with the component', () => {
  const { store, dials, listening } = source()
  createSolidRoot((dispose) => {
    const state = solidStateOf(store)
    expect(state()?.status.state).toBe('idle')
    dials(1)
    expect(state()?.status.state).toBe('preparing')
    dispose()
  })
  expect(listening()).toBe(0)
})
