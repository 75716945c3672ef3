"""keras.tree and Config. Expected values are real Keras 3.15's, but for `map_structure_up_to`, which there fails on its own example."""

from collections import OrderedDict, defaultdict, deque, namedtuple

import pytest

from hornbeam import utils
from hornbeam.utils import tree

Point = namedtuple("Point", "x y")
ORDERED, DEFAULT = OrderedDict(b=1, a=2), defaultdict(int, b=1, a=2)


def test_flatten_goes_by_sorted_keys_but_in_an_ordered_dicts_own_order():
    assert tree.flatten(ORDERED) == [1, 2] and tree.flatten(DEFAULT) == [2, 1] and tree.flatten(deque([1, (2, 3)])) == [1, 2, 3]
    assert tree.flatten({"a": 1, 2: 3}) == [3, 1]
    found = tree.flatten_with_path({"b": [1, {"z": 2}], "a": Point(3, (4,)), "c": None, "e": []})
    assert found == [(("a", 0), 3), (("a", 1, 0), 4), (("b", 0), 1), (("b", 1, "z"), 2), (("c",), None)]
    assert tree.flatten_with_path(5) == [((), 5)]


def test_maps():
    assert tree.map_structure(lambda a: a * 2, [1, None, {"a": 2}], none_is_leaf=False) == [2, None, {"a": 4}]
    assert tree.map_structure(lambda a, b: a + b, ORDERED, {"a": 10, "b": 20}) == OrderedDict(b=21, a=12)
    for wrong in ((1, 2), [1], {"a": 1}):
        with pytest.raises(ValueError, match="differ"):
            tree.map_structure(lambda a, b: a, [1, 2], wrong)
    with pytest.raises(ValueError, match="expected None"):
        tree.map_structure(lambda a, b: a, [None], [3], none_is_leaf=False)
    assert tree.map_structure_up_to([None, [None, None]], str, [[1, 1], [2, 2]]) == ["[1, 1]", ["2", "2"]]
    shapes = tree.map_shape_structure(lambda shape: ("S", shape), [(1, None, 3), {"a": (2,), "b": [(4, 5), [6, 7]]}])
    assert shapes == [("S", (1, None, 3)), {"a": ("S", (2,)), "b": [("S", (4, 5)), ("S", [6, 7])]}]
    assert tree.lists_to_tuples([1, [2, (3, [4])], {"a": [5]}, Point([1], 2)]) == (1, (2, (3, (4,))), {"a": (5,)}, Point((1,), 2))
    packed = tree.pack_sequence_as({"k3": {"c": ("x", "y"), "a": "z"}, "k1": {"e": 1, "d": 2}}, ["v2", "v1", 3.0, 1.0, 2.0])
    assert packed == {"k3": {"c": (1.0, 2.0), "a": 3.0}, "k1": {"e": "v1", "d": "v2"}}


def test_traverse_visits_parents_before_or_after_their_children():
    before, after = [], []
    tree.traverse(before.append, [(1, 2), [3], {"a": 4}])
    tree.traverse(after.append, [(1, 2), [3]], top_down=False)
    assert before == [[(1, 2), [3], {"a": 4}], (1, 2), 1, 2, [3], 3, {"a": 4}, 4] and after == [1, 2, (1, 2), 3, [3], [(1, 2), [3]]]
    found = tree.traverse(lambda x: tree.MAP_TO_NONE if x == 2 else "T" if isinstance(x, tuple) else None, [(1, 2), 2, [2, 5]])
    assert found == ["T", None, [None, 5]]


def test_sameness():
    tree.assert_same_structure({"b": 1, "a": 3}, ORDERED)
    tree.assert_same_paths([0, (1,)], (2, [3]))
    for a, b in (([0], (2,)), ([0, 1], [2]), ({"a": 1}, ORDERED), (1, [1])):
        with pytest.raises(ValueError, match="differ"):
            tree.assert_same_structure(a, b)
    with pytest.raises(ValueError, match="same paths"):
        tree.assert_same_paths({"a": 1}, [1])


def test_config_can_be_frozen():
    config = utils.Config(a=1, b="x")
    config.c, config["d"] = 3, 4
    assert (config.a, config["b"], list(config), len(config)) == (1, "x", ["a", "b", "c", "d"], 4) and config.pop("a") == 1
    config.freeze()
    with pytest.raises(ValueError, match="frozen"):
        config.c = 5
    assert config.frozen and config.to_json() == '{"b": "x", "c": 3, "d": 4}' and repr(config) == "<Config {'b': 'x', 'c': 3, 'd': 4}>"
    with pytest.raises(AttributeError, match="no value 'z'"):
        config.z  # noqa: B018
