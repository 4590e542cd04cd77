import { expect, it } from 'vitest'
import { StickyKeys } from './terminal-keys.ts'

it('the key row gives a program what its Ctrl and Alt make of the next key, once', () => {
  const keys = new StickyKeys()
  keys.isCtrl = true
  expect([keys.apply('c'), keys.apply('c')]).toEqual(['\u0003', 'c'])
  keys.isAlt = true
  expect([keys.apply('b'), keys.apply('b')]).toEqual(['\u001bb', 'b'])
  keys.isCtrl = true
  expect(keys.apply('[')).toBe('\u001b')
  keys.isCtrl = true
  expect(keys.apply('a whole word')).toBe('a whole word')
})

it('the key row sends arrows as the program has asked for them, and with their modifiers', () => {
  const keys = new StickyKeys()
  expect([keys.code('Up', false), keys.code('Up', true)]).toEqual(['\u001b[A', '\u001bOA'])
  keys.isCtrl = true
  expect([keys.code('Right', true), keys.code('Right', true)]).toEqual(['\u001b[1;5C', '\u001bOC'])
  expect([keys.code('Escape', true), keys.code('Tab', false)]).toEqual(['\u001b', '\t'])
})
