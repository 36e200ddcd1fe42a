export default {
  stories: ["../*.stories.tsx"],
  addons: ["@storybook/addon-vitest"],
  framework: "@storybook/react-vite",
  core: { disableTelemetry: true, disableWhatsNewNotifications: true },
};
