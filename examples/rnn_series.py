"""The next value of a series: windows from tf.data, an LSTM, and a comparison with "as a year ago"."""

import numpy as np
import pandas as pd
import tensorflow as tf

# A file of monthly figures: a trend, a season and noise.
months = pd.date_range("1980-01-01", periods=420, freq="MS")
rng = np.random.default_rng(5)
t = np.arange(len(months))
sales = 100 + 0.25 * t + 18 * np.sin(2 * np.pi * t / 12) + 7 * np.cos(2 * np.pi * t / 6) + rng.normal(0, 3, len(t))
pd.DataFrame({"month": months, "sales": sales.round(1)}).to_csv("sales.csv", index=False)

tf.random.set_seed(2)
frame = pd.read_csv("sales.csv", parse_dates=["month"], index_col="month")
series = frame["sales"].to_numpy(dtype="float32")
split, window = 340, 24
yearly = series[12:] - series[:-12]  # what changed since a year ago; the season cancels
mean, std = yearly[: split - 12].mean(), yearly[: split - 12].std()
scaled = (yearly - mean) / std


def windowed_dataset(values, window_size, batch_size, shuffle):
    dataset = tf.data.Dataset.from_tensor_slices(values)
    dataset = dataset.window(window_size + 1, shift=1, drop_remainder=True)
    dataset = dataset.flat_map(lambda w: w.batch(window_size + 1))
    dataset = dataset.map(lambda w: (tf.expand_dims(w[:-1], -1), w[-1]))
    if shuffle:
        dataset = dataset.shuffle(400, seed=1)
    return dataset.batch(batch_size).prefetch(1)


train = windowed_dataset(scaled[: split - 12], window, 32, True)
test = windowed_dataset(scaled[split - 12 - window :], window, 32, False)

model = tf.keras.models.Sequential(
    [
        tf.keras.layers.Input(shape=(window, 1)),
        tf.keras.layers.LSTM(32, return_sequences=True),
        tf.keras.layers.LSTM(16),
        tf.keras.layers.Dense(1),
    ]
)
model.compile(loss="mse", optimizer=tf.keras.optimizers.Adam(0.005), metrics=["mae"])
model.fit(train, epochs=40, validation_data=test, verbose=0)

naive = series[split - 12 : -12]
forecast = naive + model.predict(test, verbose=0)[:, 0] * std + mean
truth = series[split:]
print("the next months:", forecast[:6].round(1), "truth:", truth[:6])
print(f"as a year ago: MAE {np.mean(np.abs(naive - truth)):.2f}")
print(f"test MAE {tf.keras.losses.MAE(truth, forecast).numpy():.2f}")
