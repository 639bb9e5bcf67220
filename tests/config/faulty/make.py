"""Write the corpus (inputs only)."""
import sys
from pathlib import Path

ROOT = Path("/work/main/tests/config/faulty")
DATA = "dataset: {source: iris}\n"
ARCH = """architecture:
  layers:
    - Dense: {units: 16, activation: relu}
    - Dense: {units: 3, activation: softmax}
"""
LOSS = "loss: sparse_categorical_crossentropy\n"
F = {}

def put(name, text):
    assert name not in F, name
    F[name] = text

def whole(name, comment, extra="", data=DATA, arch=ARCH, loss=LOSS):
    put(name, f"# {comment}\n" + data + arch + loss + extra)

def layers(name, comment, *lines, extra="", last="Dense: {units: 3, activation: softmax}", head="", **kw):
    body = "architecture:\n" + head + "  layers:\n" + "".join(f"    - {l}".rstrip() + "\n" for l in (*lines, *([last] if last else [])))
    whole(name, comment, extra, arch=body, **kw)

# yaml
whole("yaml/tag_on_value", "Tags ask for types of Python's; a config holds plain values.", "seed: !!python/int 3\n")
whole("yaml/tag_that_runs_code", "What yaml.load would execute.", 'name: !!python/object/apply:os.system ["echo owned"]\n')
whole("yaml/remove_as_tag", "`remove: [path]` takes things away, not a tag.", "seed: !remove\n")
F["yaml/alias_bomb"] = "# A billion values in nine lines.\na: &a [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\n" + "".join(
    f"{c}: &{c} [{', '.join(['*' + p] * 10)}]\n" for p, c in zip("abcdefgh", "bcdefghi"))
whole("yaml/alias_cycle", "A list that contains itself.", "metrics: &all [accuracy, *all]\n")
whole("yaml/alias_unknown", "An alias without its anchor.", "training: *standard\n")
whole("yaml/nested_too_deep", "Sixty lists in one another.", "metrics: " + "[" * 60 + "]" * 60 + "\n")
whole("yaml/nested_too_deep_by_aliases", "Each line is flat; the aliases make it deep.", "metrics:\n  - &a0 [accuracy]\n" + "".join(f"  - &a{i} [*a{i-1}]\n" for i in range(1, 55)))
whole("yaml/duplicate_section", "The second would win in silence.", "training: {epochs: 5}\nseed: 1\ntraining: {epochs: 50}\n")
whole("yaml/duplicate_argument", "The same argument twice in one layer.", "optimizer:\n  SGD: {learning_rate: 0.1, momentum: 0.9, learning_rate: 0.01}\n")
put("yaml/unclosed_list", "# A bracket is never closed.\n" + DATA + ARCH + LOSS + "metrics: [accuracy\ntraining: {epochs: 5}\n")
put("yaml/tab_indent", "# A tab where spaces belong.\ndataset:\n\tsource: iris\n" + ARCH + LOSS)
put("yaml/wrong_indent", "# `offline` is neither inside nor beside `source`.\ndataset:\n    source: iris\n  offline: iris\n" + ARCH + LOSS)
put("yaml/no_space_after_colon", "# `source:iris` is one word.\ndataset:\n  source:iris\n" + ARCH + LOSS)
put("yaml/two_documents", "# One file holds one experiment.\n" + DATA + ARCH + LOSS + "---\n" + DATA)
put("yaml/list_at_top", "# A list of sections instead of sections.\n- dataset: {source: iris}\n- loss: mse\n")
put("yaml/words_only", "# No config at all.\nHello, world\n")
put("yaml/comments_only", "# Nothing but this line.\n")
whole("yaml/unclosed_quote", "A quote is never closed.", 'name: "first try\n')
whole("yaml/key_is_number", "Keys are names.", "1: {epochs: 5}\n")
whole("yaml/merge_key", "`<<` is YAML 1.1; `base:` builds on other files.", "training: &t {epochs: 5}\noptimizer:\n  SGD: {<<: *t}\n")
# values
whole("values/yes_is_text", "yes and no are words, not booleans.", "optimizer:\n  SGD: {momentum: 0.9, nesterov: yes}\n")
whole("values/on_is_text", "on and off are words, not booleans.", "regularization:\n  early_stopping: {restore_best: on}\n")
layers("values/no_is_text", "no is a word, not a boolean.", "Dense: {units: 16, use_bias: no}")
whole("values/leading_zero", "012 is 12 in YAML 1.2, not an octal 10.", "seed: -012\n")
whole("values/octal", "0o10 is 8; nothing is octal without the o.", "training: {epochs: 0o10, batch_size: 0o0}\n")
whole("values/sexagesimal", "12:30:45 is text, not 45045 seconds.", "training: {epochs: 12:30:45}\n")
whole("values/thousands", "1_000 is text.", "training: {batch_size: 1_000}\n")
whole("values/date", "A date is text.", "seed: 2024-05-01\n")
whole("values/date_as_count", "A date is text here too.", "training: {epochs: 2024-05-01}\n")
whole("values/infinity", "Every number is finite.", "regularization: {l2: .inf}\n")
whole("values/not_a_number", "Every number is a number.", "regularization: {l1: .nan}\n")
whole("values/percent", "10% is text; 0.1 is a share.", data="dataset: {source: iris, validation: 10%}\n")
whole("values/division_by_zero", "1/0 is no number.", data="dataset: {source: iris, validation: 1/0}\n")
whole("values/fraction_of_integer", "Half an epoch.", "training: {epochs: 2.5}\n")
whole("values/nothing", "A key without its value.", "optimizer:\n  SGD:\n    learning_rate:\ntraining:\n  epochs:\n")
whole("values/decimal_comma", "0,5 is no number: points separate decimals.", data="dataset: {source: iris, validation: '0,5'}\n")
whole("values/huge_number", "No number needs a hundred digits.", f"seed: {'9' * 120}\n")
# sections
whole("sections/misspelt_section", "A misspelt section is still checked inside.", "trainig: {epochs: 5, batchsize: 32}\n")
whole("sections/misspelt_optimizer", "The classic.", "optimiser: adam\n")
put("sections/misspelt_dataset", "# What is needed is there, under another name.\ndatset: {source: iris}\n" + ARCH + LOSS)
whole("sections/misspelt_dataset_key", "It would be an unwanted default.", data="dataset: {source: iris, validaton: 0.2}\n")
whole("sections/misspelt_training_key", "Two in one section.", "training: {epoch: 5, batch_sise: 16}\n")
whole("sections/misspelt_regularization_key", "And deeper.", "regularization:\n  early_stoping: {patience: 2}\n")
whole("sections/misspelt_early_stopping_key", "Keras's own name for it.", "regularization:\n  early_stopping: {restore_best_weights: true}\n")
put("sections/misspelt_architecture_key", "# The layers are there, under another name.\n" + DATA + "architecture:\n  layer:\n    - Dense: {units: 3, activation: softmax}\n" + LOSS)
whole("sections/key_in_wrong_section", "These belong under training.", "epochs: 5\nbatch_size: 16\n")
whole("sections/early_stopping_in_training", "It belongs under regularization.", "training:\n  early_stopping: {patience: 2}\n")
whole("sections/unknown_section", "Nothing is like it.", "hardware: {gpus: 2}\n")
put("sections/missing_everything", "# A name is no experiment.\nname: empty\n")
put("sections/missing_loss", "# The loss is never guessed.\n" + DATA + ARCH)
put("sections/missing_source", "# A dataset without a name.\ndataset: {validation: 0.2}\n" + ARCH + LOSS)
put("sections/missing_layers", "# An architecture of nothing.\n" + DATA + "architecture: {}\n" + LOSS)
put("sections/no_layers", "# An empty list.\n" + DATA + "architecture: {layers: []}\n" + LOSS)
whole("sections/name_unfit_for_folder", "A run's folder takes this name.", "name: ../../etc/passwd\n")
whole("sections/name_is_number", "Names are text.", "name: 7\n")
whole("sections/seed_negative", "Seeds count from 0.", "seed: -1\n")
whole("sections/seed_is_text", "Seeds are integers.", "seed: random\n")
put("sections/dataset_is_text", "# The short form that is none.\ndataset: iris\n" + ARCH + LOSS)
put("sections/source_is_list", "# One dataset at a time.\ndataset: {source: [iris, wine]}\n" + ARCH + LOSS)
put("sections/architecture_is_list", "# Layers stand under `layers:`.\n" + DATA + "architecture:\n  - Dense: {units: 3, activation: softmax}\n" + LOSS)
put("sections/layers_is_mapping", "# Layers are a list.\n" + DATA + "architecture:\n  layers:\n    Dense: {units: 3, activation: softmax}\n" + LOSS)
whole("sections/loss_is_number", "A loss has a name.", loss="loss: 0.5\n")
whole("sections/metrics_is_mapping", "Metrics are a list.", "metrics: {accuracy: true}\n")
whole("sections/metric_is_number", "A metric has a name.", "metrics: [accuracy, 5]\n")
whole("sections/optimizer_is_number", "A learning rate without its optimizer.", "optimizer: 0.001\n")
whole("sections/lr_schedule_is_number", "A schedule has a name.", "lr_schedule: 0.001\n")
whole("sections/regularization_is_number", "Its strength needs a name.", "regularization: 1e-4\n")
whole("sections/penalties_negative", "Penalties are at least 0.", "regularization: {l1: -0.1, l2: strong}\n")
whole("sections/early_stopping_is_true", "It takes settings.", "regularization:\n  early_stopping: true\n")
whole("sections/early_stopping_values", "Each setting of a wrong type.", "regularization:\n  early_stopping: {monitor: 3, patience: 0, min_delta: small, mode: up, restore_best: 1}\n")
whole("sections/training_is_list", "A list of one-key mappings is no section.", "training:\n  - epochs: 5\n  - batch_size: 16\n")
whole("sections/training_values", "Each setting of a wrong type.", "training: {epochs: ten, batch_size: 0, loop: tap, callbacks: {TerminateOnNaN: {}}}\n")
# names
layers("names/unknown_layer", "No l.", "Dense: {units: 16}", "Dropuot: 0.2")
layers("names/layer_in_snake_case", "Layers go by their class.", "dense: {units: 16}", "batch_normalization")
layers("names/layer_of_another_library", "PyTorch's name.", "Linear: 16", "Conv_2d: {filters: 3}")
layers("names/activation_as_layer", "relu is an activation.", "Dense: 16", "relu")
layers("names/optimizer_as_layer", "Adam is no layer.", "Adam: 0.01")
whole("names/unknown_optimizer", "m for n.", "optimizer: AdanW\n")
whole("names/unknown_loss", "A letter less.", loss="loss: sparse_categorical_crosentropy\n")
whole("names/loss_of_another_library", "PyTorch's name.", loss="loss: NLLLoss\n")
whole("names/unknown_metric", "A letter less.", "metrics: [acuracy]\n")
layers("names/unknown_activation", "A letter too many.", "Dense: {units: 16, activation: rellu}")
layers("names/unknown_initializer", "Not Keras's name for it.", "Dense: {units: 16, kernel_initializer: kaiming_normal}")
layers("names/unknown_regularizer", "There is L1, L2 and both.", "Dense: {units: 16, kernel_regularizer: {L3: 0.01}}")
layers("names/unknown_constraint", "A letter less.", "Dense: {units: 16, kernel_constraint: {MaxNrm: 2}}")
whole("names/unknown_schedule", "Words in another order.", "lr_schedule:\n  DecayCosine: {decay_steps: 10 epochs}\n")
whole("names/unknown_callback", "A letter less.", "training:\n  callbacks: [TerminateOnNan, CSVLoger: log.csv]\n")
layers("names/unknown_application", "There is no VGG17.", "Resizing: [32, 32]", "VGG17: {include_top: false}", "GlobalAveragePooling2D", last="Dense: {units: 10, activation: softmax}", data="dataset: {source: cifar10}\n")
whole("names/unknown_dataset", "A letter less.", data="dataset: {source: irs}\n")
whole("names/unknown_offline_dataset", "A letter less.", data="dataset: {source: mnist, offline: digit}\n", arch=ARCH.replace("  layers:\n", "  layers:\n    - Flatten\n").replace("units: 3", "units: 10"))
whole("names/unknown_dataset_like_none", "Not one that Keras or scikit-learn bring.", data="dataset: {source: imagenet}\n")
# arguments
layers("arguments/of_layer", "A letter less.", "Dense: {unit: 16, activaton: relu}")
layers("arguments/of_application", "A letter less.", "VGG16: {include_tops: false, wieghts: imagenet}", "Flatten", last="Dense: {units: 10, activation: softmax}", data="dataset: {source: cifar10}\n")
whole("arguments/of_optimizer", "A letter less.", "optimizer:\n  RMSprop: {learning_rte: 0.001}\n")
whole("arguments/of_optimizer_by_short_name", "Keras calls it learning_rate.", "optimizer:\n  SGD: {lr: 0.1}\n")
whole("arguments/of_loss", "A letter less.", loss="loss:\n  SparseCategoricalCrossentropy: {from_logit: true}\n")
whole("arguments/of_metric", "A letter less.", "metrics:\n  - SparseTopKCategoricalAccuracy: {kk: 2}\n")
whole("arguments/of_schedule", "A letter less.", "lr_schedule:\n  CosineDecay: {decay_step: 10 epochs}\n")
layers("arguments/of_initializer", "A letter less.", "Dense: {units: 16, kernel_initializer: {RandomNormal: {stdev: 0.1}}}")
layers("arguments/of_regularizer", "One for the other.", "Dense: {units: 16, kernel_regularizer: {L2: {l1: 0.1}}}")
layers("arguments/of_constraint", "Words in another order.", "Dense: {units: 16, kernel_constraint: {MaxNorm: {value_max: 2}}}")
whole("arguments/of_callback", "A letter less.", "training:\n  callbacks:\n    - ReduceLROnPlateau: {pacience: 3}\n")
layers("arguments/of_activation", "Activations take none here; layers do.", "Dense: {units: 16, activation: {leaky_relu: {negative_slope: 0.1}}}")
layers("arguments/of_activation_layer", "A letter less.", "Dense: {units: 16, activation: {LeakyReLU: {negative_slop: 0.1}}}")
layers("arguments/missing", "One missing, two missing.", "Dense", "Dropout: {seed: 1}", "MultiHeadAttention: {dropout: 0.1}")
whole("arguments/missing_in_schedule", "The length is needed; the rate is the optimizer's.", "lr_schedule: CosineDecay\n")
whole("arguments/two_names", "Two optimizers in one entry.", "optimizer:\n  Adam: {learning_rate: 0.001}\n  SGD: {momentum: 0.9}\n")
layers("arguments/two_layers_in_one", "Missing indent: `units` stands beside `Dense`.", "Dense:\n      units: 16")
layers("arguments/wrong_types", "A type each.", "Dense: {units: 16.5, use_bias: 1}", "Dropout: a bit", "Rescaling: {scale: [1]}", "Dense: {units: '16'}")
layers("arguments/nothing_given", "A required argument without its value.", "Dense: {units: }")
layers("arguments/too_many_in_list", "Conv2D needs two; here are three.", "Conv2D: [8, 3, 1]", "Flatten", last="Dense: {units: 10, activation: softmax}", data="dataset: {source: cifar10}\n")
layers("arguments/nested_layer", "A wrapped layer is checked too.", "Reshape: {target_shape: [4, 1]}", "Bidirectional: {layer: {LSTM: {unit: 8}}}", "TimeDistributed: {layer: Dens}")
layers("arguments/nested_initializer", "Any depth.", "Dense: {units: 16, kernel_initializer: {HeNormal: {sed: 1}}, bias_initializer: [zeros]}")
whole("arguments/schedule_in_optimizer", "A schedule inside its optimizer.", "optimizer:\n  SGD:\n    learning_rate:\n      ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 5 epochs}\n")
whole("arguments/rate_is_text", "A rate is a number or a schedule.", "optimizer:\n  Adam: {learning_rate: fast}\n")
whole("arguments/duration_misspelt", "Steps or epochs.", "lr_schedule:\n  CosineDecay: {decay_steps: 10 epoch's}\n")
# layers / graph
layers("graph/from_unknown", "A letter less.", "Dense: {units: 16, name: stem}", "Dense: {units: 16}", "Add: {from: [stm, dense_1]}")
layers("graph/from_later", "A layer reads what is written above it.", "Dense: {units: 16, from: late}", "Dense: {units: 16, name: late}")
layers("graph/from_itself", "No layer reads itself.", "Dense: {units: 16, name: own, from: own}")
layers("graph/from_is_number", "Layers go by name.", "Dense: 16", "Dense: {units: 16, from: 0}")
layers("graph/duplicate_name", "Two layers of one name.", "Dense: {units: 16, name: wide}", "Dense: {units: 16, name: wide}")
layers("graph/name_is_number", "Names are text.", "Dense: {units: 16, name: 1}")
layers("graph/unread_layer", "Nothing reads the second.", "Dense: {units: 16, name: stem}", "Dense: {units: 8, name: side}", "Dense: {units: 16, from: stem}")
layers("graph/entry_is_number", "A layer has a name.", "Dense: 16", "16")
layers("graph/entry_is_nothing", "A dash alone.", "Dense: 16", "")
layers("graph/entry_is_list", "A list inside the list.", "[Dense: 16, Dropout: 0.1]")
for n, c, v in (("zero", "At least once.", "0"), ("text", "A count.", "three times"), ("half", "A whole count.", "1.5"), ("too_often", "A net of ten thousand layers at most.", "100000")):
    layers(f"layers/repeat_{n}", c, f"Dense: {{units: 16, repeat: {v}}}")
layers("layers/repeat_inside_blocks", "Ten thousand layers at most, by blocks too.", "Tower: {repeat: 200}", head="  blocks:\n    Tower:\n      layers: [Dense: {units: 2, repeat: 200}]\n")
layers("layers/defaults_of_unknown_layer", "A letter less.", "Dense: 16", head="  defaults: {Dens: {activation: relu}}\n")
layers("layers/defaults_of_unknown_argument", "A letter less.", "Dense: 16", "Dense: 8", head="  defaults: {Dense: {activaton: relu}}\n")
layers("layers/defaults_without_arguments", "relu is whose argument?", "Dense: 16", head="  defaults: {Dense: relu}\n")
layers("layers/defaults_is_list", "Layers with their arguments.", "Dense: 16", head="  defaults: [Dense]\n")
layers("layers/defaults_of_wrong_value", "It goes wrong once, not once a layer.", "Dense: 16", "Dense: 8", head="  defaults: {Dense: {kernel_initializer: he_norml, use_bias: 1}}\n")
# blocks
BL = "  blocks:\n    Unit:\n      parameters: {width: , rate: 0.1}\n      layers:\n        - Dense: {units: \"${width}\", activation: relu}\n        - Dropout: \"${rate}\"\n"
layers("blocks/unknown_parameter", "A letter less.", "Unit: {widt: 16}", head=BL)
layers("blocks/missing_parameter", "A parameter without a default is needed.", "Unit", head=BL)
layers("blocks/wrong_value_for_parameter", "Seen where it is used in the block.", "Unit: {width: wide}", head=BL)
layers("blocks/contains_itself", "A block inside itself.", "Unit: {width: 16}", head="  blocks:\n    Unit:\n      parameters: {width: 8}\n      layers: [Dense: 3, Unit: {width: 4}]\n")
layers("blocks/contain_each_other", "A block inside a block inside it.", "Ping", head="  blocks:\n    Ping: {layers: [Pong]}\n    Pong: {layers: [Ping]}\n")
layers("blocks/name_of_a_layer", "Dense is Keras's.", "Dense: 16", head="  blocks:\n    Dense: {layers: [Flatten]}\n")
layers("blocks/misspelt_use", "The block is there, by a like name.", "Untt: {width: 16}", head=BL)
layers("blocks/misspelt_key", "A letter less.", "Unit: {width: 16}", head="  blocks:\n    Unit:\n      parameter: {width: 8}\n      layers: [Dense: \"${width}\"]\n")
layers("blocks/without_layers", "A block is layers.", "Unit", head="  blocks:\n    Unit: [Dense: 16]\n")
layers("blocks/misspelt_layer_inside", "Told once, with its use.", "Unit: {width: 16}", "Unit: {width: 8}", head="  blocks:\n    Unit:\n      parameters: {width: 4}\n      layers: [Dens: \"${width}\"]\n")
layers("blocks/parameters_is_list", "Names with their defaults.", "Unit: {width: 16}", head="  blocks:\n    Unit:\n      parameters: [width]\n      layers: [Dense: \"${width}\"]\n")
layers("blocks/blocks_is_list", "Blocks go by their names.", "Dense: 16", head="  blocks: [Unit]\n")
# interpolation
layers("interpolation/unknown", "A letter less.", "Dense: 16", last="Dense: {units: \"${dataset.num_clases}\", activation: softmax}")
whole("interpolation/unknown_path", "Nothing is like it.", "seed: ${environment.seed}\n")
whole("interpolation/environment", "No environment variables.", "name: run_${HOME}\n")
whole("interpolation/refers_to_itself", "Around in a circle.", "seed: ${training.epochs}\ntraining:\n  epochs: ${seed}\n")
whole("interpolation/contains_itself", "What holds it.", "training:\n  epochs: ${training}\n")
whole("interpolation/unclosed", "A brace is never closed.", "name: 'run_${seed'\nseed: 3\n")
whole("interpolation/wrong_type", "The value it brings is checked.", "name: iris\ntraining:\n  epochs: ${name}\n")
whole("interpolation/arithmetic", "No arithmetic.", "training:\n  batch_size: 16\n  epochs: ${training.batch_size * 2}\n")
whole("interpolation/whole_section", "A section that is nothing but a broken reference.", "optimizer: ${standard.optimizer}\n")
whole("interpolation/from_a_misspelt_section", "The section is read as the one it is meant to be.", "trainig: {epochs: 5}\nregularization:\n  early_stopping: {patience: \"${training.epochs}\"}\n")
# composition
put("composition/base_missing", "# The file is not there.\nbase: parts/iris_bse.yaml\nseed: 1\n")
put("composition/base_is_number", "# A file has a name.\nbase: 3\n" + DATA + ARCH + LOSS)
put("composition/base_cycle", "# a builds on b builds on a.\nbase: base_cycle_back.yaml\n" + DATA + ARCH + LOSS)
put("composition/base_cycle_back", "# b builds on a builds on b.\nbase: base_cycle.yaml\nseed: 1\n")
put("composition/base_of_itself", "# It is its own base.\nbase: base_of_itself.yaml\n" + DATA + ARCH + LOSS)
put("composition/fault_in_base", "# The fault is told in the file that has it.\nbase: parts/faulty_base.yaml\nseed: 1\n")
put("composition/fault_in_both", "# Each fault in its own file.\nbase: parts/faulty_base.yaml\ntraining: {batch_sise: 16}\n")
put("composition/syntax_in_base", "# The base cannot be read.\nbase: parts/broken.yaml\nseed: 1\n")
put("composition/remove_unknown", "# Nothing of that name.\nbase: parts/iris_base.yaml\nremove: [training.epoch, metrics]\n")
put("composition/remove_is_text", "# A list of paths.\nbase: parts/iris_base.yaml\nremove: metrics\n")
put("composition/remove_without_base", "# Nothing to remove from.\nremove: [seed]\n" + DATA + ARCH + LOSS)
put("composition/base_removed_what_is_needed", "# Removed, and needed.\nbase: parts/iris_base.yaml\nremove: [loss]\n")
put("composition/parts/iris_base.yaml", "# A sound base.\n" + DATA + ARCH + LOSS + "metrics: [accuracy]\noptimizer:\n  RMSprop: {rho: 0.8}\ntraining: {epochs: 5}\n")
put("composition/parts/faulty_base.yaml", "# A base with a fault.\n" + DATA + ARCH + LOSS + "training: {epochs: many}\n")
put("composition/parts/broken.yaml", "# A bracket is never closed.\nmetrics: [accuracy\nseed: 1\n")
put("composition/base_unreadable_among_two", "# One base is there, the other is a folder.\nbase: [parts/iris_base.yaml, parts]\nseed: 1\n")
put("composition/optimizer_replaced", "# Another optimizer replaces the base's, with none of its arguments.\nbase: parts/iris_base.yaml\noptimizer:\n  SGD: {rho: 0.9}\n")
# semantics
def head(last, **kw):
    return dict(last=last, **kw)
layers("semantics/no_last_activation", "Keras would train on nonsense.", "Dense: {units: 16, activation: relu}", last="Dense: 3")
layers("semantics/relu_last", "relu gives no probabilities.", "Dense: 16", last="Dense: {units: 3, activation: relu}")
layers("semantics/logits_after_softmax", "Softmax twice.", "Dense: 16", loss="loss:\n  SparseCategoricalCrossentropy: {from_logits: true}\n")
layers("semantics/softmax_of_one_unit", "It is always 1.", "Dense: 16", last="Dense: {units: 1, activation: softmax}", data="dataset: {source: breast_cancer}\n", loss="loss: binary_crossentropy\n")
layers("semantics/units_below_classes", "MNIST has ten.", "Flatten", last="Dense: {units: 9, activation: softmax}", data="dataset: {source: mnist}\n")
layers("semantics/units_for_binary", "One probability says it all.", "Dense: 16", last="Dense: {units: 2, activation: sigmoid}", data="dataset: {source: breast_cancer}\n", loss="loss: binary_crossentropy\n")
layers("semantics/one_hot_loss", "The labels are integers.", "Dense: 16", loss="loss: categorical_crossentropy\n")
layers("semantics/classification_of_values", "Diabetes has values, not classes.", "Dense: 16", data="dataset: {source: diabetes}\n")
layers("semantics/units_for_values", "One value is to be predicted.", "Dense: 16", last="Dense: 10", data="dataset: {source: diabetes}\n", loss="loss: mse\n")
layers("semantics/regression_of_classes", "Classes are no numbers in order.", "Dense: 16", loss="loss: mse\n")
layers("semantics/binary_loss_for_three", "Iris has three.", "Dense: 16", last="Dense: {units: 1, activation: sigmoid}", loss="loss: bce\n")
layers("semantics/accuracy_of_values", "Accuracy counts classes.", "Dense: 16", last="Dense: 1", data="dataset: {source: diabetes}\n", loss="loss: mse\n", extra="metrics: [mae, accuracy]\n")
layers("semantics/one_hot_metric", "The labels are integers.", "Dense: 16", extra="metrics: [categorical_accuracy]\n")
layers("semantics/binary_metric_for_three", "Precision of which class?", "Dense: 16", extra="metrics: [accuracy, Precision, AUC]\n")
whole("semantics/metric_twice", "Two columns of one name.", "metrics: [accuracy, mae, accuracy]\n")
whole("semantics/stand_in_of_another_kind", "Iris is no stand-in for pictures.", data="dataset: {source: mnist, offline: iris}\n", arch=ARCH.replace("  layers:\n", "  layers:\n    - Flatten\n").replace("units: 3", "units: 10"))
# monitor
S = "regularization:\n  early_stopping: {%s}\n"
whole("monitor/unknown_metric", "No such metric is measured.", "metrics: [accuracy]\n" + S % "monitor: val_f1")
whole("monitor/misspelt", "A letter less.", "metrics: [accuracy]\n" + S % "monitor: val_acuracy")
whole("monitor/keras_short_name", "Keras calls the column by what is written.", "metrics: [accuracy]\n" + S % "monitor: val_acc")
whole("monitor/without_validation", "Nothing is kept for validation.", S % "monitor: val_loss, patience: 2", data="dataset: {source: iris, validation: 0}\n")
whole("monitor/default_without_validation", "val_loss is the default.", "regularization:\n  early_stopping: {patience: 2}\n", data="dataset: {source: iris, validation: 0}\n")
# schedule
whole("schedule/plateau_beside_schedule", "Two masters of one rate.", "lr_schedule:\n  CosineDecay: {decay_steps: 10 epochs}\ntraining:\n  callbacks: [ReduceLROnPlateau: {patience: 2}]\n")
whole("schedule/two_schedules", "One in the optimizer, one beside it.", "optimizer:\n  SGD: {learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 10 epochs}}}\nlr_schedule:\n  CosineDecay: {decay_steps: 10 epochs}\n")
whole("schedule/two_rates", "Which of the two?", "optimizer:\n  SGD: {learning_rate: 0.1}\nlr_schedule:\n  CosineDecay: {initial_learning_rate: 0.01, decay_steps: 10 epochs}\n")
whole("schedule/length_is_fraction", "Steps are whole.", "lr_schedule:\n  CosineDecay: {decay_steps: 0.5}\n")
# several
put("several/first_try", """# What somebody may write on the first day.
dataset:
  source: Iris
  validation: 20%
architecture:
  layers:
    - dense: {units: 16, activation: ReLU}
    - Dense: {unit: 3, activation: softmax}
loss: sparse_categorical_cross_entropy
optimizer:
  Adam: {lr: 1e-3}
metrics: accuracy
training: {epochs: 5, batchsize: 16}
""")
put("several/in_every_section", """# One fault in each section, none follows from another.
name: "my run"
seed: -1
dataset: {source: iris, ofline: wine}
architecture:
  layers:
    - Dense: {units: 16, activation: rellu}
    - Dense: {units: 3, activation: softmax}
loss: {SparseCategoricalCrossentropy: {from_logit: true}}
metrics: [acuracy]
optimizer: {SGD: {momntum: 0.9}}
lr_schedule: {CosineDecay: {decay_step: 10 epochs}}
regularization: {l2: -1}
training: {epochs: 0}
""")
put("several/types_and_semantics", """# Faults of types leave the checks of meaning at work elsewhere.
dataset: {source: diabetes, validation: 0.2}
architecture:
  layers:
    - Dense: {units: 16, activation: relu}
    - Dense: {units: 1}
loss: mse
metrics: [accuracy]
regularization:
  early_stopping: {monitor: val_mae, patience: 2}
training: {epochs: ten}
""")
put("several/references_and_blocks", """# A block, its uses and references.
dataset: {source: iris}
architecture:
  blocks:
    Unit:
      parameters: {width: }
      layers:
        - Dense: {units: "${width}", activaton: relu}
  layers:
    - Unit: {width: 16, repeat: 2}
    - Unit: {widht: 8}
    - Dense: {units: "${dataset.classes}", activation: softmax}
loss: sparse_categorical_crossentropy
seed: ${training.sed}
""")
put("several/keras_habits", """# Keras's own words where dlkit has others.
dataset: {source: mnist, validation_split: 0.1}
architecture:
  layers:
    - Flatten: {input_shape: [28, 28]}
    - Dense: {units: 10, activation: softmax}
compile: {loss: sparse_categorical_crossentropy, optimizer: adam}
fit: {epochs: 5}
""")
# warnings
layers("warnings/sigmoid_for_classes", "Each class gets its own probability.", "Dense: 16", last="Dense: {units: 3, activation: sigmoid}")
layers("warnings/hidden_softmax", "Softmax inside lets few units through.", "Dense: {units: 16, activation: softmax}")
layers("warnings/units_above_classes", "Two units will never be right.", "Dense: 16", last="Dense: {units: 5, activation: softmax}")
layers("warnings/regression_of_two_classes", "It works, and is not what the labels mean.", "Dense: 16", last="Dense: {units: 1, activation: sigmoid}", data="dataset: {source: breast_cancer}\n", loss="loss: mse\n")
whole("warnings/restore_on_training_loss", "The best epoch by what is learned by heart.", S % "monitor: loss, patience: 2")
whole("warnings/restore_without_validation", "No validation, so nothing better to watch.", S % "monitor: loss, patience: 2", data="dataset: {source: iris, validation: 0}\n")
whole("warnings/patience_beyond_epochs", "It never stops.", S % "patience: 20" + "training: {epochs: 5}\n")
whole("warnings/schedule_too_long", "It is cut off.", "lr_schedule:\n  CosineDecay: {decay_steps: 100 epochs}\n")
whole("warnings/schedule_too_short", "It stands still for most of the training.", "lr_schedule:\n  CosineDecay: {decay_steps: 3 epochs}\ntraining: {epochs: 30}\n")
whole("warnings/batch_above_data", "Iris has 108 examples to train on.", "training: {batch_size: 512}\n")

import shutil
if ROOT.exists():
    shutil.rmtree(ROOT)
for name, text in F.items():
    file = ROOT / (name if name.endswith(".yaml") else name + ".yaml")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
print(len(F))
