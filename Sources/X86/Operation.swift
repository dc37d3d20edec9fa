/// Every operation by its mnemonic; a suffix after the underscore tells apart what the manual gives one name.
///
/// The order matters in one place: everything from `FADD` to `SSE_STRING_I` runs on the floating point and vector units (`isFPU`).
package enum Operation: UInt16, CaseIterable, Sendable {
    // Pseudo operations, without rows in the table
    /// Undefined opcode: #UD.
    case INVALID
    /// The block runs on into the next one; leave the block.
    case BLOCK_FALL, BLOCK_LEAVE

    // Arithmetic and logic
    case ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, INC, DEC, NEG, NOT
    case MUL, IMUL, DIV, IDIV
    /// G,E and G,E,I: the two and three operand forms.
    case IMUL_G
    case ROL, ROR, RCL, RCR, SHL, SHR, SAR, SHLD, SHRD
    case BT, BTS, BTR, BTC, BSF, BSR, BSWAP, POPCNT
    /// `width` is that of the source, the accumulator `reg` has 32 bits. SSE4.2
    case CRC32
    case AAA, AAS, AAM, AAD, DAA, DAS
    case CBW, CWD
    case CLC, STC, CMC, CLD, STD, CLI, STI, LAHF, SAHF, SALC

    // Data transfer
    case MOV
    /// `width` is that of the source (1 or 2); the destination has the operand size (`Prefixes.operand16`).
    case MOVZX, MOVSX
    case MOV_SEG_LOAD, MOV_SEG_STORE, MOV_MOFFS_LOAD, MOV_MOFFS_STORE
    case LEA, XCHG, XADD, CMPXCHG, CMPXCHG8B, XLAT
    case PUSH, POP, PUSH_SEG, POP_SEG, PUSHA, POPA, PUSHF, POPF
    case ENTER, LEAVE
    /// LES, LDS, LSS, LFS, LGS: the segment register's number is in `immediate2`.
    case LOAD_FAR
    case SETCC, CMOVCC
    case MOVNTI
    case MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS
    case IN_I, IN_DX, OUT_I, OUT_DX

    // Control transfer
    case JCC, JMP, JMP_E, JMP_FAR, JMP_FAR_E, JECXZ, LOOP, LOOPE, LOOPNE
    case CALL, CALL_E, CALL_FAR, CALL_FAR_E, RET, RET_FAR, IRET
    case INT, INT3, INT1, INTO, BOUND
    case UD0, UD1, UD2

    // System
    case NOP
    /// A NOP with ModR/M, and the prefetches: the memory operand is never touched.
    case NOP_E
    case HLT, CPUID, RDTSC, RDRAND, RDPMC, RDMSR, WRMSR
    case LGDT, SGDT, LIDT, SIDT, LLDT, SLDT, LTR, STR, LMSW, SMSW, LAR, LSL, VERR, VERW, ARPL
    case CLTS, INVD, WBINVD, INVLPG, SYSENTER, SYSEXIT, RSM
    case MOV_FROM_CR, MOV_TO_CR, MOV_FROM_DR, MOV_TO_DR
    case MFENCE, LFENCE, SFENCE, CLFLUSH, MONITOR, MWAIT

    // x87. Arithmetic: form `.e` with m32/m64 by `width`; `.stsi` to ST(0), `.sist` to ST(i)
    case FADD, FMUL, FCOM, FCOMP, FSUB, FSUBR, FDIV, FDIVR
    case FADDP, FMULP, FCOMPP, FSUBP, FSUBRP, FDIVP, FDIVRP
    case FIADD, FIMUL, FICOM, FICOMP, FISUB, FISUBR, FIDIV, FIDIVR
    case FLD_M32, FLD_M64, FLD_M80, FLD_ST, FST, FSTP, FST_M32, FST_M64, FSTP_M32, FSTP_M64, FSTP_M80
    case FILD, FIST, FISTP, FISTTP, FBLD, FBSTP, FXCH
    /// The condition (B, E, BE, U, NB, NE, NBE, NU: 0-7) is in `reg`.
    case FCMOVCC
    case FCOMI, FCOMIP, FUCOMI, FUCOMIP, FUCOM, FUCOMP, FUCOMPP
    case FCHS, FABS, FTST, FXAM, FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ
    case F2XM1, FYL2X, FPTAN, FPATAN, FXTRACT, FPREM1, FDECSTP, FINCSTP, FPREM, FYL2XP1, FSQRT, FSINCOS, FRNDINT, FSCALE, FSIN, FCOS
    case FNOP, FFREE, FFREEP
    case FLDCW, FNSTCW, FNSTSW_M, FNSTSW_AX, FNCLEX, FNINIT, FLDENV, FNSTENV, FRSTOR, FNSAVE
    /// FNENI, FNDISI and FNSETPM: NOPs since the 387.
    case FNSETPM
    case WAIT

    // FXSAVE area and MXCSR
    case FXSAVE, FXRSTOR, LDMXCSR, STMXCSR

    // MMX and SSE: `immediate2` holds opcode | map << 8 | prefix << 10 (`Instruction.vectorOpcode`)
    case EMMS
    /// MOVD P,E and E,P; MOVQ P,Q and Q,P (with MOVNTQ)
    case MMX_MOVD_LOAD, MMX_MOVD_STORE, MMX_MOV_LOAD, MMX_MOV_STORE, MASKMOVQ
    /// The host executes it verbatim: P,Q; with an immediate byte P,Q,I (or form `.qi`: shift of `rm`, ModR/M.reg in `reg`).
    case MMX_OP, MMX_OP_I
    /// G from Q (PMOVMSKB, PEXTRW), P from E (PINSRW)
    case MMX_TO_G, MMX_FROM_G
    /// All 16 bytes: MOVAPS, MOVUPS, MOVDQA, MOVDQU, MOVNTPS, ...
    case SSE_MOV_LOAD, SSE_MOV_STORE
    case MOVSS_LOAD, MOVSS_STORE, MOVSD_LOAD, MOVSD_STORE
    /// Also MOVLPD, MOVHPD. Register forms of the loads are MOVHLPS and MOVLHPS.
    case MOVLPS_LOAD, MOVLPS_STORE, MOVHPS_LOAD, MOVHPS_STORE, MOVHLPS, MOVLHPS
    case SSE_MOVD_LOAD, SSE_MOVD_STORE, SSE_MOVQ_LOAD, SSE_MOVQ_STORE, MASKMOVDQU, MOVQ2DQ, MOVDQ2Q
    case SSE_OP, SSE_OP_I
    /// BLENDVPS, BLENDVPD, PBLENDVB: XMM0 is the mask. SSE4.1
    case SSE_BLENDV
    /// COMISS, UCOMISS, COMISD, UCOMISD, PTEST: the result is in EFLAGS.
    case SSE_COMI
    /// G from W (CVTSS2SI, MOVMSKPS, PMOVMSKB, PEXTRW with immediate), V from E (CVTSI2SS, PINSRW with immediate)
    case SSE_TO_G, SSE_FROM_G
    /// V from Q (CVTPI2PS, CVTPI2PD), P from W (CVTPS2PI, CVTTPD2PI, ...)
    case SSE_FROM_MMX, SSE_TO_MMX
    /// E from V with an immediate: PEXTRB, PEXTRW, PEXTRD, EXTRACTPS. SSE4.1
    case SSE_EXTRACT_I
    /// PCMPESTRM, PCMPESTRI, PCMPISTRM, PCMPISTRI: ECX or XMM0, and EFLAGS. SSE4.2
    case SSE_STRING_I

    /// Whether the x87, MMX or SSE unit runs it.
    @inline(__always) package var isFPU: Bool { rawValue >= Self.FADD.rawValue }
    /// Operations that no encoding has.
    package var isPseudo: Bool { self == .INVALID || self == .BLOCK_FALL || self == .BLOCK_LEAVE }
}
