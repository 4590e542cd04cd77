import { describe } from 'vitest'
import { mutantsAreNoticed } from './src/notice.ts'

describe('a broken engine is noticed in small worlds', () => mutantsAreNoticed({ inSmallWorlds: true }))
