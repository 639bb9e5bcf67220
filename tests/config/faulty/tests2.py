exec(open("/tmp/corpus/tests.py").read().split('sub("test_cli')[0])
sub("config/test_objects.py", '''        f"here.CosineDecay.decay_steps: expected an integer, received {received}."
    ]''', '''        f"here.CosineDecay.decay_steps: expected an integer, received {received}."
        " Or a duration like `5 epochs`."
    ]''')
sub("config/test_rules.py", '''            (
                "no metric makes 'val_accuracy'. Expected one of: loss, mae, val_loss, val_mae."
                " Made: loss, mae, val_loss, val_mae."
            ),
''', '''            "no metric makes 'val_accuracy'. Made: loss, mae, val_loss, val_mae.",
''')
sub("config/test_validation.py", '''                " ['Flatten']."
            ),
        ),
        (
            "dataset: diabetes''', '''                " ['Flatten']. Example: `architecture: {layers: [...]}`."
            ),
        ),
        (
            "dataset: diabetes''')
sub("config/test_validation.py", '''            "x.yaml:1:1  dataset: expected a mapping of keys, received 'diabetes' (text).",
''', '''            (
                "x.yaml:1:1  dataset: expected a mapping of keys, received 'diabetes' (text)."
                " Example: `dataset: {source: mnist}`."
            ),
''')
