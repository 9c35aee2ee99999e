package numpy_test

import "testing"

func TestSorting(t *testing.T) { compareWithJAX(t, "sorting.json.gz", 24) }
