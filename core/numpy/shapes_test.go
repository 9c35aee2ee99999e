package numpy_test

import "testing"

func TestShapes(t *testing.T) { compareWithJAX(t, "shapes.json.gz", 24) }
