import {
  Button,
  TextInput,
  Textarea,
  createTheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

const accent: MantineColorsTuple = [
  '#e7f6f0',
  '#cdebdf',
  '#a5dcc6',
  '#75caa9',
  '#4fd1a1',
  '#1f9b74',
  '#118863',
  '#0b7a58',
  '#08654a',
  '#054c37',
];

/** The dark theme's paper and ink, from the lightest ink to the darkest paper; see tokens.css. */
const dark: MantineColorsTuple = [
  '#e9eef0',
  '#b7c2c7',
  '#97a4ab',
  '#65737b',
  '#3d494f',
  '#2a3338',
  '#1c2327',
  '#161b1e',
  '#0f1315',
  '#0a0d0f',
];

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, 'Segoe UI', 'Noto Sans', sans-serif",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.4', xl: '1.3' },
  spacing: { xs: '4px', sm: '8px', md: '16px', lg: '24px', xl: '32px' },
  defaultRadius: 6,
  colors: { accent, dark },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.4,
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: Button.extend({
      defaultProps: { size: 'sm' },
      vars: (_theme, props) =>
        props.variant === undefined || props.variant === 'filled'
          ? { root: { '--button-bg': 'var(--accent)', '--button-color': 'var(--on-accent)' } }
          : { root: {} },
    }),
    TextInput: TextInput.extend({ defaultProps: { size: 'sm' } }),
    Textarea: Textarea.extend({ defaultProps: { size: 'sm' } }),
  },
});

/** Mantine's own colours in terms of tokens.css, where light and dark are designed. */
export const variables: CSSVariablesResolver = () => {
  const tokens = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-3)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--raised)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-placeholder': 'var(--ink-3)',
    '--mantine-color-error': 'var(--danger)',
    '--mantine-color-anchor': 'var(--accent-ink)',
    '--mantine-color-accent-filled': 'var(--accent)',
    '--mantine-primary-color-contrast': 'var(--on-accent)',
  };
  return { variables: {}, light: tokens, dark: tokens };
};
