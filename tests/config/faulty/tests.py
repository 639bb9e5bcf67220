from pathlib import Path
T = Path("/work/main/tests")
def sub(file, old, new, count=1):
    p = T / file
    t = p.read_text()
    assert t.count(old) == count, (file, t.count(old), old)
    p.write_text(t.replace(old, new))
sub("test_cli.py", '''"here.yaml:2:2  not valid YAML: expected ',' or ']', but got ':'.",''', '''"here.yaml:2:2  not valid YAML: expected ',' or ']', but got ':'."
            " Is the bracket opened in line 1 closed?",''')
sub("config/test_objects.py", '''"Keras has no regularizer 'weights'. Expected one of: L1, L1L2, L2,"
                " OrthogonalRegularizer, l1, l1_l2, l1l2, l2, orthogonal_regularizer."''', '''"Keras has no regularizer 'weights'. Expected one of: L1, L1L2, L2,"
                " OrthogonalRegularizer."''')
sub("config/test_yaml_reader.py", '''["f.yaml:3:3  b.<<: merge keys are not accepted."]''', '''[
        "f.yaml:3:3  b.<<: merge keys are not accepted. Write out what they would bring."
    ]''')
sub("config/test_yaml_reader.py", r'''found unexpected end of stream\.$"''', r'''found unexpected end of stream\. The quote"''')
