import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { ProgressBar } from 'putaway'

const bar = () => screen.getByRole('progressbar')

test.for([
  [0, '0'],
  [0.426, '42'],
  [0.999, '99'],
  [1, '100'],
  [7, '100'],
  [-1, '0'],
] as const)('a progress bar shows a value of %d as %s percent', ([value, percent]) => {
  render(<ProgressBar value={value} label="All photos" />)
  expect(bar()).toHaveAccessibleName('All photos')
  expect(bar()).toHaveAttribute('aria-valuenow', percent)
  expect(bar()).toHaveAttribute('aria-valuetext', `${percent}%`)
})

test.for([undefined, Number.NaN, Infinity])('a progress bar with the value %s is indeterminate', (value) => {
  const { container } = render(<ProgressBar value={value} />)
  expect(bar()).not.toHaveAttribute('aria-valuenow')
  expect(bar()).toHaveAccessibleName('Upload progress')
  expect(container.innerHTML).not.toContain('NaN')
})
