import { expect, it } from 'vitest'
import { runsOf } from './ansi.ts'

it('coloured output shows the colours of a program as classes, and nothing else that a terminal would carry out', () => {
  expect(runsOf('\u001b[31mred\u001b[0m and \u001b[1;92mgreen\u001b[m')).toEqual([
    { text: 'red', style: 'ansi-red' },
    { text: ' and ', style: '' },
    { text: 'green', style: 'ansi-green ansi-bold' },
  ])
  expect(runsOf('a\u001b[2Jb\u001b]0;title\u0007c\u001b[38;5;200md\u001b[38;2;1;2;3me')).toEqual([
    { text: 'abcde', style: '' },
  ])
})

it('coloured output keeps lines and tabs, and of an overwritten line what was there last', () => {
  expect(runsOf('10 %\r50 %\r100 %\r\ndone\tnow\n')).toEqual([{ text: '100 %\ndone\tnow\n', style: '' }])
})

it('coloured output takes any bytes', () => {
  expect(runsOf('\u001b[31').map(({ text }) => text)).toEqual([])
  expect(runsOf('é日本\u001b[999m🙂')).toEqual([{ text: 'é日本🙂', style: '' }])
})
