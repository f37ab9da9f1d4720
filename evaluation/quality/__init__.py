"""How good the images are that features come from: signal, noise, contrast, sharpness, texture of the noise."""
