"""The product in real Chromium: drawn, deployed, watched and destroyed as a person would."""
