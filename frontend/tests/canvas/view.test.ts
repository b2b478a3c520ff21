import { describe, expect, it } from 'vitest'
import { fitting, holds } from '@/canvas/view.ts'

const area = { x: 100, y: 50, width: 400, height: 300 }

describe('what a viewport shows', () => {
  it('shows all of what it was fitted to', () => {
    const size = { width: 900, height: 600 }
    expect(holds(fitting(area, size.width, size.height), size, area)).toBe(true)
  })

  it('no longer does once the canvas got lower', () => {
    const at = fitting(area, 900, 600)
    expect(holds(at, { width: 900, height: 300 }, area)).toBe(false)
  })
})
