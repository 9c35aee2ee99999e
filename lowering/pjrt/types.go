package pjrt

// #include "pjrt_c_api.h"
import "C"

// Type is an element type, numbered as PJRT_Buffer_Type.
type Type int32

const (
	Invalid       Type = C.PJRT_Buffer_Type_INVALID
	Pred          Type = C.PJRT_Buffer_Type_PRED
	S8            Type = C.PJRT_Buffer_Type_S8
	S16           Type = C.PJRT_Buffer_Type_S16
	S32           Type = C.PJRT_Buffer_Type_S32
	S64           Type = C.PJRT_Buffer_Type_S64
	U8            Type = C.PJRT_Buffer_Type_U8
	U16           Type = C.PJRT_Buffer_Type_U16
	U32           Type = C.PJRT_Buffer_Type_U32
	U64           Type = C.PJRT_Buffer_Type_U64
	F16           Type = C.PJRT_Buffer_Type_F16
	F32           Type = C.PJRT_Buffer_Type_F32
	F64           Type = C.PJRT_Buffer_Type_F64
	BF16          Type = C.PJRT_Buffer_Type_BF16
	C64           Type = C.PJRT_Buffer_Type_C64
	C128          Type = C.PJRT_Buffer_Type_C128
	F8E5M2        Type = C.PJRT_Buffer_Type_F8E5M2
	F8E4M3FN      Type = C.PJRT_Buffer_Type_F8E4M3FN
	F8E4M3B11FNUZ Type = C.PJRT_Buffer_Type_F8E4M3B11FNUZ
	F8E5M2FNUZ    Type = C.PJRT_Buffer_Type_F8E5M2FNUZ
	F8E4M3FNUZ    Type = C.PJRT_Buffer_Type_F8E4M3FNUZ
	S4            Type = C.PJRT_Buffer_Type_S4
	U4            Type = C.PJRT_Buffer_Type_U4
	Token         Type = C.PJRT_Buffer_Type_TOKEN
	S2            Type = C.PJRT_Buffer_Type_S2
	U2            Type = C.PJRT_Buffer_Type_U2
	F8E4M3        Type = C.PJRT_Buffer_Type_F8E4M3
	F8E3M4        Type = C.PJRT_Buffer_Type_F8E3M4
	F8E8M0FNU     Type = C.PJRT_Buffer_Type_F8E8M0FNU
	F4E2M1FN      Type = C.PJRT_Buffer_Type_F4E2M1FN
)
