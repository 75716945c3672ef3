"""How rows are put to work: what is told, how often, where, and that it can be undone."""

import warnings

import pytest

import hornbeam as hb
from hornbeam import dialects
from hornbeam.dialects import OldSpelling
from hornbeam.engine.errors import ArgumentError


def test_an_old_spelling_is_told_once_where_it_stands():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(2):
            hb.optimizers.Adam(lr=0.1)
        hb.optimizers.SGD(lr=0.1)
    assert [str(each.message) for each in told] == [
        "Adam(lr=...) is an older spelling. Today: Adam(learning_rate=...).",
        "SGD(lr=...) is an older spelling. Today: SGD(learning_rate=...).",
    ]
    assert told[0].filename == __file__ and told[0].category is OldSpelling


def test_both_names_of_an_argument():
    with pytest.raises(ArgumentError, match=r"Adam was given both `lr` and `learning_rate`"):
        hb.optimizers.Adam(lr=0.1, learning_rate=0.1)


def test_uninstalled_it_is_as_before():
    assert hasattr(hb.Model, "fit_generator")
    dialects.uninstall()
    assert not hasattr(hb.Model, "fit_generator")
    with pytest.raises(ArgumentError, match="Did you mean 'learning_rate'"):
        hb.optimizers.Adam(lr=0.1)
    with pytest.raises(TypeError, match="does not take the argument 'nb_epoch'"):
        hb.Model().fit(nb_epoch=1)


def test_signatures_stay_readable():
    import inspect

    assert "learning_rate" in inspect.signature(hb.optimizers.Adam).parameters
    assert list(inspect.signature(hb.layers.Dense).parameters)[0] == "units"


def test_rows_say_what_is_so():
    """No argument that is there is told to be gone, and what is named in its place is there."""
    import inspect

    from hornbeam.dialects import callbacks, layers, optimizers, saving, training, values
    from hornbeam.dialects.rows import owner_of

    for table in (callbacks, layers, optimizers, saving, training, values):
        for target, rows in getattr(table, "ARGUMENTS", {}).items():
            parameters = inspect.signature(getattr(*owner_of(target))).parameters
            takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
            for old, today in rows.items():
                assert callable(today) or old not in parameters, (target, old)
                assert not isinstance(today, str) or today in parameters or takes_more, (target, old, today)


def test_files_of_many_names_are_told_once(tmp_path, monkeypatch):
    monkeypatch.setattr("hornbeam.dialects.rows._told", set())
    model = hb.Sequential([hb.Input((2,)), hb.layers.Dense(1)])
    with pytest.warns(OldSpelling) as found:
        for epoch in range(3):
            model.save_weights(str(tmp_path / f"cp-{epoch}.ckpt"))
            model.save_weights(str(tmp_path / f"weights-{epoch}.h5"))
            model.save(str(tmp_path / f"model-{epoch}"))
    assert len(found) == 3
